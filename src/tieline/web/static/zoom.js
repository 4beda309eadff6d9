"use strict";
// Maps come closer: buttons and keys, the wheel with Ctrl held, two fingers; drag to move.

(function () {
  const MOST = 12;

  function zoomable(svg) {
    const box = svg.parentElement;
    const [x0, y0, width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
    let x = x0, y = y0, scale = 1;
    const fingers = new Map();
    let spread = 0;

    function show() {
      const w = width / scale, h = height / scale;
      x = Math.min(Math.max(x, x0), x0 + width - w);
      y = Math.min(Math.max(y, y0), y0 + height - h);
      svg.setAttribute("viewBox", [x, y, w, h].join(" "));
      box.dataset.zoomed = scale > 1 ? "in" : "out";
    }

    function by(factor, atX, atY) {
      const next = Math.min(Math.max(scale * factor, 1), MOST);
      x += (width / scale - width / next) * atX;
      y += (height / scale - height / next) * atY;
      scale = next;
      show();
    }

    function share(event) {
      const place = svg.getBoundingClientRect();
      return [(event.clientX - place.left) / place.width, (event.clientY - place.top) / place.height];
    }

    const bar = document.createElement("p");
    bar.className = "zoom";
    for (const [sign, name, act] of [
      ["+", "in", () => by(1.6, 0.5, 0.5)], ["\u2212", "out", () => by(1 / 1.6, 0.5, 0.5)],
    ]) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "plain";
      button.textContent = sign;
      button.setAttribute("aria-label", document.documentElement.dataset["zoom" + (name === "in" ? "In" : "Out")] || sign);
      button.addEventListener("click", act);
      bar.append(button);
    }
    box.append(bar);
    box.dataset.zoomed = "out";

    svg.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      by(event.deltaY < 0 ? 1.25 : 0.8, ...share(event));
    }, {passive: false});
    svg.addEventListener("pointerdown", (event) => fingers.set(event.pointerId, event));
    for (const over of ["pointerup", "pointercancel", "pointerleave"]) {
      svg.addEventListener(over, (event) => { fingers.delete(event.pointerId); spread = 0; });
    }
    svg.addEventListener("pointermove", (event) => {
      const before = fingers.get(event.pointerId);
      if (!before) return;
      fingers.set(event.pointerId, event);
      const place = svg.getBoundingClientRect();
      if (fingers.size === 1 && scale > 1) {
        x -= (event.clientX - before.clientX) / place.width * width / scale;
        y -= (event.clientY - before.clientY) / place.height * height / scale;
        show();
      } else if (fingers.size === 2) {
        const [a, b] = [...fingers.values()];
        const now = Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
        const [ax, ay] = share(a), [bx, by_] = share(b);
        if (spread) by(now / spread, (ax + bx) / 2, (ay + by_) / 2);
        spread = now;
      }
    });
  }

  function dress() {
    for (const svg of document.querySelectorAll("figure svg.map")) {
      if (!svg.parentElement.dataset.zoomed) zoomable(svg);
    }
  }
  dress();
  new MutationObserver(dress).observe(document.getElementById("content"), {childList: true, subtree: true});
})();
