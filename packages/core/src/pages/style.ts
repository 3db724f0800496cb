/** The colours of the light and the dark scheme. Texts have a contrast of at least 4.5:1 on `paper` and on `card`. */
export const palette = {
  light: {
    ink: '#1a1d24',
    soft: '#5a6170',
    paper: '#f5f6f8',
    card: '#ffffff',
    tint: '#f0f2f7',
    line: '#dde0e7',
    edge: '#80889a',
    accent: '#2447c9',
    on: '#ffffff',
    warn: '#8a3b00',
    glow: '#fff5e9',
    good: '#136c3c',
  },
  dark: {
    ink: '#eceef3',
    soft: '#a8afbd',
    paper: '#0e1014',
    card: '#181b21',
    tint: '#20242c',
    line: '#323742',
    edge: '#7b8394',
    accent: '#9db2ff',
    on: '#000000',
    warn: '#ffb77d',
    glow: '#2d2119',
    good: '#7fd6a2',
  },
} as const

function variables(colours: Readonly<Record<string, string>>): string {
  return Object.entries(colours)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';')
}

/** The stylesheet of all pages: for phones first, light and dark, both text directions. It loads nothing else. */
export const style = `
:root{color-scheme:light dark;--radius:12px;${variables(palette.light)}}
@media(prefers-color-scheme:dark){:root{${variables(palette.dark)}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;min-block-size:100vh;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
.brand,main{inline-size:100%;max-inline-size:33rem;margin-inline:auto;padding-inline:1.25rem}
.brand{display:flex;align-items:center;gap:.625rem;padding-block:1rem 0;font-weight:650}
.brand img{block-size:2rem;inline-size:auto;max-inline-size:8rem;object-fit:contain}
main{padding-block:1.25rem 1.5rem}
h1{font-size:1.625rem;font-weight:700;line-height:1.2;letter-spacing:-.015em;margin:0 0 .75rem}
[dir=rtl] h1{line-height:1.4;letter-spacing:0}
h2{font-size:1.125rem;line-height:1.3;margin:0 0 .25rem}
p{margin:0 0 1rem}
a{color:inherit;text-decoration-color:var(--accent);text-decoration-thickness:.125em;text-underline-offset:.2em}
.soft{color:var(--soft);font-size:.9375rem}
.fine{font-size:.875rem;line-height:1.4}
form+.soft{margin-block:1.25rem 0}
.sign{display:block;inline-size:3.5rem;block-size:3.5rem;margin-block-end:1rem;padding:.875rem;border:2px solid;border-radius:50%;color:var(--soft);fill:none;stroke:currentColor;stroke-width:2.5;stroke-linecap:round;stroke-linejoin:round}
.sign.good{color:var(--good)}
.sign.warn{color:var(--warn)}
.notice{position:relative;margin-block:0 1rem;padding-block:.75rem;padding-inline:2.875rem 1rem;border:1px solid var(--warn);border-radius:var(--radius);background:var(--glow);color:var(--ink);font-weight:600;line-height:1.4}
.notice::before{content:"!";content:"!"/"";position:absolute;inset-block-start:.75rem;inset-inline-start:.875rem;inline-size:1.375rem;block-size:1.375rem;border:2px solid var(--warn);border-radius:50%;color:var(--warn);font:700 .9375rem/1.1875rem system-ui,sans-serif;text-align:center}
.notice[role=status]{border-color:var(--good);background:var(--card)}
.notice[role=status]::before{content:"\\2713";content:"\\2713"/"";border-color:var(--good);color:var(--good)}
.compare{margin:0 0 .5rem;font-weight:600}
.code{display:block;padding:.625rem .5rem;border:1px solid var(--line);border-radius:var(--radius);background:var(--tint);font:700 clamp(1.5rem,9vw,2.25rem)/1.3 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;letter-spacing:.06em;text-align:center}
label{display:block;font-weight:600;margin-block-end:.5rem}
input:not([type=hidden],[type=checkbox]){inline-size:100%;padding:.75rem 1rem;border:1px solid var(--edge);border-radius:var(--radius);background:var(--card);color:var(--ink);font:inherit}
input[type=text]{margin-block-end:.5rem;padding:.75rem .5rem;border-width:2px;font:600 clamp(1.5rem,8vw,2rem)/1.3 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;letter-spacing:.06em;text-align:center;text-transform:uppercase}
input::placeholder{color:var(--soft);opacity:1;font-weight:400}
dl{margin:0 0 1rem;border-block-start:1px solid var(--line)}
dl>div{display:flex;flex-wrap:wrap;gap:.125rem 1rem;padding-block:.5rem;border-block-end:1px solid var(--line)}
dt{flex:1 1 6rem;color:var(--soft);font-size:.875rem;line-height:1.5rem}
dd{flex:3 1 12rem;margin:0}
dd .soft{font-size:.875rem;line-height:1.4}
bdi{display:inline-block;max-inline-size:100%;overflow:clip;vertical-align:top}
.claims{margin-block-end:1rem;padding:.5rem .75rem 0;border:1px dashed var(--edge);border-radius:var(--radius)}
.claims p{margin:0 0 .5rem}
.claims dl>div:last-child{border:0}
.place{display:block}
.place bdi{display:inline}
.who{display:flex;align-items:center;gap:.625rem;font-weight:650}
.who img{flex:none;inline-size:2.5rem;block-size:2.5rem;border-radius:calc(var(--radius)/2);object-fit:contain;background:#fff}
.choice{display:flex;gap:.625rem;margin:0;padding-block:.375rem;font-weight:400}
input[type=checkbox]{flex:none;inline-size:1.25rem;block-size:1.25rem;margin:.125rem 0;accent-color:var(--accent)}
ul{margin:0;padding-inline-start:1.125rem}
.devices{padding:0;list-style:none}
.devices ul{list-style:disc}
input+.choices{margin-block-start:.75rem}
.devices>li{margin-block-end:1.25rem;padding:1rem;border:1px solid var(--line);border-radius:var(--radius);background:var(--card)}
.devices dl{margin-block-end:.75rem}
.device{margin:-.5rem 0}
.device h2{display:inline}
.device span{display:block;font-weight:400}
.pages{display:flex;gap:1rem}
details{margin-block-end:1rem}
summary{padding-block:.5rem;font-weight:600;cursor:pointer}
[hidden]{display:none}
.choices{display:flex;flex-wrap:wrap;gap:.75rem}
button,.button{display:block;inline-size:100%;min-block-size:3.25rem;margin-block-start:.75rem;padding:.75rem 1rem;border:2px solid var(--accent);border-radius:var(--radius);background:var(--accent);color:var(--on);font:650 1.0625rem/1.4 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;text-align:center;text-decoration:none;cursor:pointer}
button svg{inline-size:1.125em;block-size:1.125em;margin-inline-end:.5em;vertical-align:-.15em;fill:none;stroke:currentColor;stroke-width:3;stroke-linecap:round;stroke-linejoin:round}
.secondary,.choices button{background:var(--card);color:var(--ink);border-color:var(--ink)}
.choices button{display:flex;flex:1 1 7rem;padding-inline:.75rem;align-items:center;justify-content:center;margin:0;overflow-wrap:break-word}
button:hover,.button:hover{text-decoration:underline;text-underline-offset:.2em}
.decision .choices button{animation:wait var(--delay) step-end}
@keyframes wait{from{pointer-events:none;border-color:var(--line);border-style:dashed;color:var(--soft)}}
.decision{padding-block:.75rem;background:var(--paper)}
:focus-visible{outline:3px solid var(--accent);outline-offset:3px}
@media(min-height:36rem){.decision{position:sticky;inset-block-end:0;margin-block-end:-1.5rem;padding-block-end:max(.75rem,env(safe-area-inset-bottom));border-block-start:1px solid var(--line)}dl:has(+.decision){margin-block-end:0;border-block-end:0}dl:has(+.decision)>div:last-child{border:0}}
@media(min-width:40rem) and (min-height:30rem){body{padding-block:6vh}.brand{padding-block:0 1rem}main{padding:2.25rem 2rem 2rem;border:1px solid var(--line);border-radius:calc(var(--radius)*1.5);background:var(--card)}.brand{padding-inline:2rem}.decision{background:var(--card)}.decision{margin-block-end:-2rem;padding-block:1rem 2rem;border-end-start-radius:inherit;border-end-end-radius:inherit}}
@media(forced-colors:active){:focus-visible{outline-color:Highlight}.button{border-color:LinkText}}
@media print{:is(:root){color-scheme:light;${variables(palette.light)}}body{padding:0;background:none}main{padding:0;border:0}.decision{position:static}form{display:none}}
`
