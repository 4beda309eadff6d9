"use strict";
// A slider over the budgets: it moves the choice, and the point on the curve of what they bring.

(function () {
  const box = document.querySelector(".budgets");
  const radios = box ? [...box.querySelectorAll("input[type=radio]")] : [];
  if (radios.length < 2) return;
  const labels = radios.map((r) => box.querySelector(`label[for="${r.id}"]`).textContent);
  const dots = [...document.querySelectorAll("#programme svg.game circle.dot")];
  const slider = document.createElement("input");
  slider.type = "range";
  slider.min = 0;
  slider.max = radios.length - 1;
  slider.step = 1;
  slider.setAttribute("aria-label", box.getAttribute("aria-label"));
  box.append(slider);

  function show() {
    const at = radios.findIndex((r) => r.checked);
    slider.value = at;
    slider.setAttribute("aria-valuetext", labels[at]);
    dots.forEach((dot, k) => dot.classList.toggle("picked", k === at));
  }

  slider.addEventListener("input", () => { radios[Number(slider.value)].checked = true; show(); });
  box.addEventListener("change", show);
  show();
})();
