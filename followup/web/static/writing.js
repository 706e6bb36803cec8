// How many parts a text takes (3GPP TS 23.038), as domain/segments.py counts them, while it is typed.
(() => {
  const BASIC = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
  const EXTENSION = "^{}\\[~]|€\f";

  function parts(text) {
    const isPlain = [...text].every((each) => BASIC.includes(each) || EXTENSION.includes(each));
    const units = isPlain ? [...text].reduce((sum, each) => sum + (EXTENSION.includes(each) ? 2 : 1), 0) : text.length;
    const [alone, each] = isPlain ? [160, 153] : [70, 67];
    return { isPlain, count: units <= alone ? Math.min(units, 1) : Math.ceil(units / each) };
  }

  function countParts(field) {
    const { isPlain, count } = parts(field.value);
    const words = field.form.querySelector("[data-count-words]");
    words.dataset.first ??= words.textContent;
    const dear = isPlain ? "" : " A character in it is outside the plain alphabet, so parts are shorter.";
    const cost = count * Number(field.dataset.price ?? 0);
    const about = cost ? `, about ${cost < 0.01 ? cost : cost.toFixed(2)} ${field.dataset.currency}` : "";
    words.textContent = count ? `${[...field.value].length} characters, ${count} part${count > 1 ? "s" : ""}${about}.${dear}` : words.dataset.first;
  }

  // A reply that was chosen stands in the field at once; without this script, "Preview" puts it there.
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-reply]")) return;
    const field = event.target.form.querySelector("[data-count]");
    field.value = event.target.selectedOptions[0].dataset.text ?? "";
    countParts(field);
    field.focus();
  });
  document.addEventListener("input", (event) => { if (event.target.matches("[data-count]")) countParts(event.target); });
})();
