// Shows BPMN files in the bpmn-js viewer and marks what is done, current and late.
// The bpmn.io mark in the lower right corner must stay visible: nothing is laid over the canvas.
const SIGNS = { done: "✓", current: "●", late: "!" };
const SMALLEST_READABLE = 0.8; // a drawing that fits only below this zoom starts at its own size
const ROOM = 110; // pixels around the drawing, for the badges and the bpmn.io mark
const LETTERS = { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 13 };

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
  showStart(viewer, container, state);
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

// As high as the drawing needs, and at most most of the screen.
function showStart(viewer, container, state) {
  const canvas = viewer.get("canvas");
  const { inner } = canvas.viewbox();
  const fitting = Math.min(1, (container.clientWidth - 20) / inner.width);
  const scale = fitting < SMALLEST_READABLE ? 1 : fitting;
  const height = Math.min(inner.height * scale + ROOM, window.innerHeight * 0.7);
  container.style.height = `${Math.max(220, Math.round(height))}px`;
  canvas.resized();
  showAll(canvas);
  if (canvas.zoom() >= SMALLEST_READABLE) return;
  canvas.zoom(1);
  const registry = viewer.get("elementRegistry");
  const where =
    [...(state.late ?? []), ...(state.current ?? [])].map((id) => registry.get(id)).find(Boolean) ??
    registry.find((element) => element.type === "bpmn:StartEvent");
  const beside = container.clientWidth / 4;
  if (where) canvas.scrollToElement(where, { top: 20, bottom: 50, left: beside, right: beside });
}

// The whole drawing, with a margin.
function showAll(canvas) {
  canvas.zoom("fit-viewport", "auto");
  canvas.zoom(canvas.zoom() * 0.95, "auto");
}

function zoom(canvas, how) {
  if (how === "all") return showAll(canvas);
  const wanted = canvas.zoom() * (how === "in" ? 1.25 : 0.8);
  canvas.zoom(Math.min(3, Math.max(0.1, wanted)), "auto");
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
