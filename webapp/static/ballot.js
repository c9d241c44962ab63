// Ballots: say how many marks are left. The paper works without it; the server checks in any case.
document.querySelectorAll("[data-contest]").forEach((contest) => {
  const line = contest.querySelector("[data-limit]");
  if (!line) return;
  const { limit, counts, left, none, over } = line.dataset;

  function say() {
    const marked = [...contest.querySelectorAll("input:checked")].filter(
      (input) => input.type === "checkbox" || input.value === counts,
    ).length;
    const rest = Number(limit) - marked;
    const text = rest > 0 ? left : rest === 0 ? none : over;
    line.textContent = text
      .replaceAll("{left}", rest)
      .replaceAll("{over}", -rest)
      .replaceAll("{limit}", limit);
    line.classList.toggle("gx-ballot__left--over", rest < 0);
  }
  contest.addEventListener("change", say);
  say();
});
