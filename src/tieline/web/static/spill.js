// A spill through time: one map of the hour that the slider names.
"use strict";
(() => {
  const slider = document.getElementById("spill-moment");
  const box = document.getElementById("spill-frames");
  if (!slider || !box) return;
  const frames = [...box.querySelectorAll("figure")];
  const show = () => frames.forEach((f, k) => {
    f.hidden = k !== Number(slider.value);
    if (!f.hidden) slider.setAttribute("aria-valuetext", f.querySelector("h3").textContent);
  });
  slider.closest("p").hidden = false;
  slider.addEventListener("input", show);
  show();
})();
