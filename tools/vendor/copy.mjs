// Copy the browser files we use out of node_modules, adapt them, and write vendor.json.
// Called by tools/vendor.sh: node copy.mjs <folder with node_modules> <target folder>
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const [work, target] = process.argv.slice(2);
const lock = JSON.parse(readFileSync(join(work, "package-lock.json"), "utf8"));
const FONTS =
  '"Noto Sans CJK SC","Noto Sans SC","PingFang SC","Microsoft YaHei",system-ui,sans-serif';

// Source maps are not shipped, so nothing should ask for them.
const withoutSourceMap = (text) =>
  text.replace(/\n?\/[/*]# sourceMappingURL=\S+( \*\/)?\s*$/, "\n");

// GDS Transport and the royal crest may be used on GOV.UK only. The print sheets' plain
// "sans-serif" goes too, so that paper shows the same Chinese glyphs as the screen.
function withoutGovUkBrand(css) {
  let result = withoutSourceMap(css)
    .replace(/\/\*![^*]*Calvert[^*]*\*\//g, "")
    .replace(/@font-face\{font-family:GDS Transport;[^}]*\}/g, "")
    .replace(/font-family:(GDS Transport,arial,)?sans-serif/g, `font-family:${FONTS}`)
    .replace(/\.govuk-footer__copyright-logo:before\{[^}]*\}/g, "");
  const emptyBlock = /@(media|supports)[^{};]*\{\}/g;
  while (emptyBlock.test(result)) result = result.replace(emptyBlock, "");
  for (const leftover of ["GDS Transport", "Calvert", "govuk-crest", "url(/assets"]) {
    if (result.includes(leftover)) throw new Error(`${leftover} is still in the style sheet`);
  }
  return result;
}

// Every browser we support reads woff2.
const onlyWoff2 = (css) =>
  css.replace(
    /@font-face \{[^}]*\}/,
    "@font-face {\n  font-family: 'bpmn';\n  src: url('../font/bpmn.woff2') format('woff2');\n" +
      "  font-weight: normal;\n  font-style: normal;\n}",
  );

const PACKAGES = [
  {
    name: "govuk-frontend",
    licence: "MIT",
    changed: "GDS Transport, the crest and source map references are removed",
    files: [
      ["dist/govuk/govuk-frontend.min.css", "govuk-frontend.min.css", withoutGovUkBrand],
      ["dist/govuk/govuk-frontend.min.js", "govuk-frontend.min.js", withoutSourceMap],
    ],
    // The package holds no licence file; this is the one of its repository.
    licenceText: () => readFileSync("tools/vendor/licence-govuk-frontend.txt", "utf8"),
  },
  {
    name: "bpmn-js",
    licence: "bpmn.io licence (MIT, and its mark must stay visible)",
    changed: "the icon font is shipped as woff2 only",
    files: [
      ["dist/bpmn-navigated-viewer.production.min.js", "bpmn-navigated-viewer.production.min.js"],
      ["dist/assets/diagram-js.css", "assets/diagram-js.css"],
      ["dist/assets/bpmn-js.css", "assets/bpmn-js.css"],
      ["dist/assets/bpmn-font/css/bpmn.css", "assets/bpmn-font/css/bpmn.css", onlyWoff2],
      ["dist/assets/bpmn-font/font/bpmn.woff2", "assets/bpmn-font/font/bpmn.woff2"],
    ],
    licenceText: () => licenceOf("bpmn-js"),
    extra: [
      ["LICENSE-bpmn-font.txt", () => licenceOf("bpmn-font")],
      ["LICENSE-bundled.txt", bundledLicences],
    ],
  },
];

function licenceOf(name) {
  const folder = join(work, "node_modules", name);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  return readFileSync(join(folder, file), "utf8");
}

// The production file of bpmn-js contains the packages it depends on.
function bundledLicences() {
  const found = new Set();
  const collect = (name) => {
    for (const needed of Object.keys(lock.packages[`node_modules/${name}`].dependencies ?? {})) {
      if (!found.has(needed)) {
        found.add(needed);
        collect(needed);
      }
    }
  };
  collect("bpmn-js");
  return [...found]
    .sort()
    .map((name) => {
      const { version, license } = lock.packages[`node_modules/${name}`];
      return `==== ${name} ${version} (${license})\n\n${licenceOf(name).trim()}\n`;
    })
    .join("\n");
}

function write(path, bytes) {
  const full = join(target, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, bytes);
  return [path, createHash("sha256").update(bytes).digest("hex")];
}

rmSync(target, { recursive: true, force: true });
const packages = PACKAGES.map(({ name, licence, changed, files, licenceText, extra = [] }) => {
  const { version, integrity } = lock.packages[`node_modules/${name}`];
  const written = files.map(([from, to, adapt]) => {
    const bytes = readFileSync(join(work, "node_modules", name, from));
    return write(`${name}/${to}`, adapt ? Buffer.from(adapt(bytes.toString("utf8"))) : bytes);
  });
  for (const [to, text] of [["LICENSE.txt", licenceText], ...extra]) {
    written.push(write(`${name}/${to}`, Buffer.from(text())));
  }
  return { name, version, licence, npm_integrity: integrity, changed, sha256: Object.fromEntries(written) };
});
write("vendor.json", Buffer.from(`${JSON.stringify({ packages }, null, 2)}\n`));
