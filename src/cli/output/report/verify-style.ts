/** How the page of `verify` looks: on screens of any width, in the dark, on paper. */

export const style = `
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --line: #d0d7de; --quiet: #57606a;
  --equal: #116329; --different: #b31d28; --could-not-check: #8a5300; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --paper: #0d1117; --line: #30363d; --quiet: #9198a1;
    --equal: #56d364; --different: #ff7b72; --could-not-check: #e3b341; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 80ch; margin: 0 auto; padding: 1.5rem 1rem; }
h1 { margin: 0; font-size: 2rem; line-height: 1.2; }
h2 { display: flex; flex-wrap: wrap; gap: .2rem .6rem; align-items: center; margin: 2rem 0 .25rem;
  padding-top: 1rem; border-top: 1px solid var(--line); font-size: 1.15rem; overflow-wrap: anywhere; }
p { margin: .25rem 0 .75rem; overflow-wrap: anywhere; }
.tool { color: var(--quiet); }
code, pre, td:first-child, .findings ul { font-family: ui-monospace, monospace; font-size: .87em; }
code { color: var(--quiet); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); padding: .5rem; }
.badge { padding: 0 .5em; border: 1px solid currentColor; border-radius: 1em; font-size: .8rem;
  font-weight: 600; white-space: nowrap; }
.equal { color: var(--equal); }
.different { color: var(--different); }
.could-not-check { color: var(--could-not-check); }
.findings { margin: 0 0 1rem; padding: 0; list-style: none; overflow-wrap: anywhere; }
.findings > li { margin: .5rem 0; padding-left: .75rem; border-left: 4px solid var(--line); }
.findings > .blocks { border-color: var(--different); }
.findings > .unknown, .findings > .warns { border-color: var(--could-not-check); }
.findings ul { margin: .25rem 0; padding-left: 1.2rem; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .3rem .5rem; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
th { color: var(--quiet); font-weight: 600; }
.rows { text-align: right; white-space: nowrap; overflow-wrap: normal; font-variant-numeric: tabular-nums; }
th.rows { white-space: normal; }
@media (max-width: 34rem) { th, td { padding: .3rem .25rem; } body { font-size: 14px; } }
@media print {
  :root { color-scheme: light; --ink: #000; --paper: #fff; --line: #999; --quiet: #444;
    --equal: #000; --different: #000; --could-not-check: #000; }
  main { max-width: none; padding: 0; }
  h2 { break-after: avoid; }
  tr, .findings > li { break-inside: avoid; }
  thead { display: table-header-group; }
}
`;
