/** Colours of candidates are dark enough for white letters on each. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #f4f5f7; --card: #fff; --text: #1b1f24; --soft: #57606a; --line: #d0d7de;
  --good: #1a7f37; --bad: #b42318; --unsure: #7d4e00; --bad-page: #ffe9e7; --focus: #0550ae;
  --gap-1: #c9d1d9; --gap-2: #e6eaef; --vacant-1: #b42318; --vacant-2: #d9544a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0d1117; --card: #161b22; --text: #e6edf3; --soft: #9da7b3; --line: #30363d;
    --good: #4ac26b; --bad: #ff8b80; --unsure: #e3b341; --bad-page: #3c1512; --focus: #79c0ff;
    --gap-1: #30363d; --gap-2: #21262d; --vacant-1: #a32a20; --vacant-2: #7d1d15;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
header.top, main { max-width: 76rem; margin: 0 auto; padding: 1rem; }
header.top { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1rem; padding-bottom: 0; }
h1 { font-size: 1.25rem; margin: 0; }
h2 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
bdi { overflow-wrap: anywhere; }
#contact { margin-left: auto; color: var(--soft); }
#contact::before, .badge::before { content: ''; display: inline-block; width: .6em; height: .6em; border-radius: 50%; margin-right: .4em; background: currentColor; }
#contact.live { color: var(--good); }
#contact.lost { color: var(--bad); }
#lost { background: var(--bad-page); color: var(--text); border: 2px solid var(--bad); border-radius: .5rem; padding: .75rem 1rem; margin: 0 0 1rem; }
#lost strong { color: var(--bad); }
#elections { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 23rem), 1fr)); align-items: start; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; min-width: 0; }
.lost .card { border-style: dashed; }
.lost .who, .lost .facts { opacity: .65; }
.head { display: flex; justify-content: space-between; gap: .5rem 1rem; flex-wrap: wrap; }
.badge { font-size: .875rem; white-space: nowrap; color: var(--good); }
.badge.vacant { color: var(--bad); }
.badge.unknown { color: var(--unsure); }
.who { font-size: 1.375rem; line-height: 1.3; margin: .5rem 0 0; }
.who small { display: block; font-size: .875rem; color: var(--soft); }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 0 .75rem; margin: .5rem 0; font-size: .875rem; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; min-width: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.timeline { position: relative; height: 1.75rem; margin-top: .75rem; border-radius: .25rem; overflow: hidden; background: var(--page); border: 1px solid var(--line); }
.span { position: absolute; top: 0; bottom: 0; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; font-size: .75rem; line-height: 1.625rem; padding: 0 .25rem; color: #fff; border-left: 1px solid var(--card); min-width: 3px; }
.span.unknown { background: repeating-linear-gradient(45deg, var(--gap-1) 0 4px, var(--gap-2) 4px 8px); }
.span.vacant { background: repeating-linear-gradient(45deg, var(--vacant-1) 0 4px, var(--vacant-2) 4px 8px); }
.c0 { background: #1f5fa8; } .c1 { background: #2f6b3a; } .c2 { background: #6b46c1; } .c3 { background: #9a4a12; }
.c4 { background: #97266d; } .c5 { background: #1f6468; } .c6 { background: #6b5b12; } .c7 { background: #4a4e69; }
.axis { display: flex; justify-content: space-between; font-size: .75rem; color: var(--soft); margin: .125rem 0 .5rem; }
p.alone { font-size: .875rem; margin: .25rem 0 0; padding: .25rem 0; }
details { font-size: .875rem; margin-top: .25rem; }
summary { cursor: pointer; padding: .25rem 0; }
ol { margin: .25rem 0; padding-left: 1.75rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .125rem .5rem .125rem 0; font-weight: normal; vertical-align: top; }
td { overflow-wrap: anywhere; }
td:first-child { white-space: nowrap; }
th { color: var(--soft); }
button { font: inherit; font-size: .875rem; padding: .375rem .875rem; border-radius: .375rem; border: 1px solid var(--line); background: var(--page); color: var(--text); cursor: pointer; }
button.danger { border-color: var(--bad); color: var(--bad); }
button:disabled { opacity: .5; cursor: default; }
.ask { margin-top: .75rem; display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; font-size: .875rem; }
.ask p { margin: 0; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
dialog { max-width: min(28rem, calc(100vw - 2rem)); border: 1px solid var(--line); border-radius: .5rem; background: var(--card); color: var(--text); padding: 1.25rem; }
dialog::backdrop { background: #0008; }
dialog h2 { font-size: 1.125rem; }
dialog .row { display: flex; gap: .5rem; justify-content: flex-end; flex-wrap: wrap; }
[hidden] { display: none !important; }
`;
