// Brings in new texts without touching what is being typed. Without it the page works by links and forms.
"use strict";

const parts = ["phones", "conversation"];

function showEnd() {
  const conversation = document.getElementById("conversation");
  conversation.scrollTop = conversation.scrollHeight;
}

function isBusyIn(part) {
  return part.id === "phones" && part.contains(document.activeElement);
}

function sameConversation() {
  const here = new URL(location.href), shown = document.querySelector("input[name=phone]");
  if (shown) here.searchParams.set("phone", shown.value); // without it the newest is shown, which may be another
  return here;
}

async function look() {
  const answer = await fetch(sameConversation());
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!document.getElementById("type") && fresh.getElementById("type")) { location.reload(); return; }
  for (const id of parts) {
    const old = document.getElementById(id), now = fresh.getElementById(id);
    if (!now || old.innerHTML === now.innerHTML || isBusyIn(old)) continue;
    old.replaceChildren(...now.childNodes);
    if (id === "conversation") showEnd();
  }
}

async function keepLooking() {
  try { if (!document.hidden) await look(); } catch { /* the service is stopping or restarting: look again later */ }
  setTimeout(keepLooking, 1500);
}

document.getElementById("text")?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); event.target.form.requestSubmit(); }
});
showEnd();
setTimeout(keepLooking, 1500);
