// Two soft tones for each new flag that cannot wait. A browser lets a page be heard only after somebody touched it.
(() => {
  const TONES = [[660, 0], [880, 0.18]]; // Hz, and seconds from now
  let context = null;

  function allow() {
    context ??= new AudioContext();
    context.resume();
  }

  function play([hertz, after]) {
    const from = context.currentTime + after;
    const tone = new OscillatorNode(context, { frequency: hertz });
    const loudness = new GainNode(context, { gain: 0 });
    loudness.gain.setValueAtTime(0, from);
    loudness.gain.linearRampToValueAtTime(0.15, from + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.001, from + 0.4);
    tone.connect(loudness).connect(context.destination);
    tone.start(from);
    tone.stop(from + 0.45);
  }

  for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, allow, { once: true });
  document.body.addEventListener("followup:urgent", () => { if (context?.state === "running") TONES.forEach(play); });
})();
