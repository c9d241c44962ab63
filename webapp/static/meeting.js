// Clocks of a stage and the list of a roll call. Pages are complete without it.
const lags = new WeakMap();

function show(clock) {
  const { started, stopped, now, limit, bell } = clock.dataset;
  if (!started || stopped) return;
  if (!lags.has(clock)) lags.set(clock, Date.parse(now) - Date.now());
  const used = Math.max(0, (Date.now() + lags.get(clock) - Date.parse(started)) / 1000);
  const left = Number(limit) ? Number(limit) - used : used;
  const seconds = left < 0 ? Math.ceil(-left) : Math.floor(left);
  const two = (number) => String(number).padStart(2, "0");
  const face = `${left < 0 ? "+" : ""}${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
  const place = clock.querySelector(".gx-clock__face");
  if (place.textContent !== face) place.textContent = face;
  const state = !Number(limit) || left > Number(bell) ? "running" : left < 0 ? "over" : "bell";
  for (const each of ["running", "bell", "over"]) {
    clock.classList.toggle(`gx-clock--${each}`, each === state);
    clock.querySelector(`[data-clock-word="${each}"]`).hidden = each !== state;
  }
}

function showAll() {
  document.querySelectorAll("[data-clock]").forEach(show);
}
showAll();
setInterval(showAll, 200);

// A roll call: count the ticks, tick a whole group without asking the server, find a name.
function takeRoll(form) {
  const boxes = [...form.querySelectorAll('input[name="present"]')];
  const count = form.querySelector("[data-roll-count]");
  const needed = form.querySelector("[data-roll-needed]");
  function sum() {
    const ticked = boxes.filter((box) => box.checked).length;
    count.textContent = ticked;
    if (needed) {
      needed.classList.toggle("gx-roll__needed--met", ticked >= Number(needed.dataset.rollNeeded));
    }
  }
  form.addEventListener("change", sum);
  form.querySelectorAll("[data-roll-all]").forEach((button) => {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      const group = button.closest("[data-roll-group]");
      group.querySelectorAll('.gx-roll__person:not([hidden]) input[name="present"]').forEach((box) => {
        box.checked = button.dataset.rollAll === "yes";
      });
      sum();
    });
  });
  const filter = form.querySelector("[data-roll-filter]");
  form.querySelector("[data-roll-filter-box]").hidden = false;
  filter.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  filter.addEventListener("input", () => {
    const wanted = filter.value.trim().toLowerCase();
    form.querySelectorAll("[data-roll-person]").forEach((person) => {
      person.hidden = !person.dataset.rollPerson.toLowerCase().includes(wanted);
    });
  });
  sum();
}
document.querySelectorAll("[data-roll]").forEach(takeRoll);
