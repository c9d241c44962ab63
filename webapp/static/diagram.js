// Shows BPMN files in the bpmn-js viewer and marks what is done, current and late.
// The bpmn.io mark in the lower right corner must stay visible: nothing is laid over the canvas.
const SIGNS = { done: "✓", current: "●", late: "!" };
const READABLE = 0.95; // below this zoom nobody reads the words on a phone
const LETTERS = { fontFamily: getComputedStyle(document.querySelector("h1")).fontFamily, fontSize: 13 };

async function show(box) {
  const [xml, state] = await Promise.all([
    get(box.dataset.diagramUrl).then((answer) => answer.text()),
    box.dataset.diagramStateUrl ? get(box.dataset.diagramStateUrl).then((a) => a.json()) : {},
  ]);
  const container = box.querySelector(".gx-diagram__canvas");
  container.hidden = false;
  // The wheel scrolls the page, not the drawing; buttons, dragging and arrow keys move the drawing.
  const viewer = new window.BpmnJS({
    container,
    zoomScroll: { enabled: false },
    textRenderer: { defaultStyle: LETTERS, externalStyle: LETTERS },
  });
  await viewer.importXML(xml);
  const canvas = viewer.get("canvas");

  // The drawing takes the arrow keys; what it says stands in the list of steps.
  const drawing = container.querySelector("svg");
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", box.getAttribute("aria-label"));
  mark(viewer, state);
  showStart(canvas, container, state);
  panByTouch(container, canvas);
  for (const button of box.querySelectorAll("[data-diagram-zoom]")) {
    button.addEventListener("click", () => zoom(canvas, button.dataset.diagramZoom));
  }
  for (const key of box.querySelectorAll("[data-diagram-mark]")) {
    key.hidden = !state[key.dataset.diagramMark]?.length;
  }
  box.querySelectorAll(".gx-diagram__tools, .gx-diagram__legend").forEach((part) => {
    part.hidden = false;
  });
  box.querySelector(".gx-diagram__instead").hidden = true;
}

async function get(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer;
}

function mark(viewer, state) {
  const [canvas, overlays, registry] = ["canvas", "overlays", "elementRegistry"].map((name) =>
    viewer.get(name),
  );
  for (const [name, sign] of Object.entries(SIGNS)) {
    for (const id of state[name] ?? []) {
      const element = registry.get(id); // a called process is not in this drawing
      if (!element) continue;
      canvas.addMarker(id, `gx-${name}`);
      if (element.waypoints) continue;
      const badge = document.createElement("span");
      badge.className = `gx-badge gx-badge--${name}`;
      badge.textContent = sign;
      overlays.add(id, { position: { top: -11, right: 11 }, html: badge });
    }
  }
}

function showStart(canvas, container, state) {
  canvas.zoom("fit-viewport", "auto");
  if (canvas.zoom() >= READABLE) return;
  const where = state.late?.[0] ?? state.current?.[0];
  canvas.zoom(READABLE);
  if (where) canvas.scrollToElement(where, container.clientWidth / 4);
}

function zoom(canvas, how) {
  if (how === "all") return canvas.zoom("fit-viewport", "auto");
  const wanted = canvas.zoom() * (how === "in" ? 1.25 : 0.8);
  return canvas.zoom(Math.min(3, Math.max(0.2, wanted)), "auto");
}

function panByTouch(container, canvas) {
  let last = null;
  container.addEventListener("pointerdown", (event) => {
    last = event.pointerType === "touch" && event.isPrimary ? event : null;
  });
  container.addEventListener("pointermove", (event) => {
    if (last?.pointerId !== event.pointerId) return;
    canvas.scroll({ dx: event.clientX - last.clientX, dy: event.clientY - last.clientY });
    last = event;
  });
  for (const end of ["pointerup", "pointercancel"]) {
    container.addEventListener(end, () => {
      last = null;
    });
  }
}

for (const box of document.querySelectorAll("[data-diagram-url]")) {
  show(box).catch((error) => {
    box.querySelector(".gx-diagram__canvas").hidden = true;
    console.error(error);
  });
}
