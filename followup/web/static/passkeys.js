// Passkeys: asks the server by what to ask, has the browser ask its user, and sends the answer with the form.

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const FAULTS = {
  NotAllowedError: "Nothing was shown, or it took too long. Try again.",
  InvalidStateError: "This device has a passkey of yours already.",
  SecurityError: "Passkeys do not work at this address.",
};
const UNREACHED = "The service was not reached. Try again.";
const OUT = "You are signed out. Sign in to go on.";

async function ask(form) {
  const answer = await fetch(form.dataset.options, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  if (answer.status === 401 || answer.status === 403) throw new Error(OUT);
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.fault);
  return said;
}

function readable(options) {
  const ids = (list) => (list ?? []).map((each) => ({ ...each, id: bytes(each.id) }));
  const asked = { ...options, challenge: bytes(options.challenge) };
  if (options.user) asked.user = { ...options.user, id: bytes(options.user.id) };
  if (options.excludeCredentials) asked.excludeCredentials = ids(options.excludeCredentials);
  return asked;
}

function written(credential) {
  const said = { clientDataJSON: text(credential.response.clientDataJSON) };
  for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[part]) said[part] = text(credential.response[part]);
  }
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response: said });
}

async function go(form) {
  const publicKey = readable(await ask(form));
  const credential = await navigator.credentials[form.dataset.passkey]({ publicKey });
  form.elements.answer.value = written(credential);
  form.submit();
}

function prepare(form) {
  const [button, fault] = [form.querySelector("button"), form.querySelector("[data-fault]")];
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    [button.disabled, fault.hidden] = [true, true];
    try {
      await go(form);
    } catch (error) {
      fault.textContent = FAULTS[error.name] ?? (error.name === "Error" ? error.message : UNREACHED);
      [button.disabled, fault.hidden] = [false, false];
    }
  });
}

if (window.isSecureContext && window.PublicKeyCredential) {
  for (const none of document.querySelectorAll("[data-no-passkey]")) none.hidden = true;
  for (const form of document.querySelectorAll("form[data-passkey]")) prepare(form);
}
