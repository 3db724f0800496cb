/** The one stylesheet of the pages: phone first, light and dark, no external resource. */
export const style = `
:root{color-scheme:light dark;--ink:#16181d;--soft:#5b6270;--paper:#f4f5f7;--card:#fff;--line:#d9dce2;--accent:#2447c9;--on:#fff;--warn:#8a3b00}
@media(prefers-color-scheme:dark){:root{--ink:#eceef2;--soft:#a6adba;--paper:#0f1115;--card:#191c22;--line:#343944;--accent:#8fa8ff;--on:#0f1115;--warn:#ffb37a}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
main{max-inline-size:30rem;margin:0 auto;padding:1.5rem 1.25rem 3rem}
@media(min-width:40rem){main{margin-block:8vh;padding:2.25rem;background:var(--card);border:1px solid var(--line);border-radius:1rem}}
h1{font-size:1.6rem;line-height:1.2;margin:0 0 1rem}
p{margin:0 0 1rem}
.soft{color:var(--soft);font-size:.925rem}
form+.soft{margin-block-start:1.5rem}
.fine{font-size:.875rem;line-height:1.4}
.notice{border-inline-start:.25rem solid var(--warn);padding:.25rem .75rem;color:var(--warn)}
.code{display:block;font:700 2rem/1.3 ui-monospace,monospace;letter-spacing:.08em;text-align:center;border:1px solid var(--line);border-radius:.75rem;padding:.75rem;margin:0 0 1rem;background:var(--card)}
label{display:block;font-weight:600;margin-block-end:.4rem}
input[type=text]{inline-size:100%;font:600 1.5rem/1.3 ui-monospace,monospace;letter-spacing:.08em;text-transform:uppercase;padding:.7rem .8rem;border:1px solid var(--soft);border-radius:.75rem;background:var(--card);color:var(--ink);margin-block-end:.4rem}
input::placeholder{color:var(--soft);opacity:1;font-weight:400}
dl{margin:0 0 1rem;border-block-start:1px solid var(--line)}
dl>div{padding:.6rem 0;border-block-end:1px solid var(--line)}
dt{color:var(--soft);font-size:.875rem}
dd{margin:0}
ul{margin:0;padding-inline-start:1.1rem}
.choices{display:grid;grid-template-columns:1fr 1fr;gap:.75rem;margin-block-start:1.25rem}
button,.button{display:block;inline-size:100%;font:600 1.05rem/1.2 system-ui,sans-serif;text-align:center;text-decoration:none;padding:.95rem 1rem;border-radius:.75rem;border:2px solid var(--accent);background:var(--accent);color:var(--on);cursor:pointer;margin-block-start:.75rem}
.choices button{margin:0;background:var(--card);color:var(--ink);border-color:var(--ink)}
:focus-visible{outline:3px solid var(--accent);outline-offset:3px}
`
