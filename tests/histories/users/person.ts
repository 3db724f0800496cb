import type { Operation } from '../history.ts'
import type { Node } from '../nodes.ts'
import { anyNode, type Life, sending, sleep } from './life.ts'
import { type Asked, operate, type Response } from './requests.ts'

/** Seconds between two attempts of a person: an answer was lost, or the server asked to come back. */
const PATIENCE = 3

/** A sign-in as the device shows it to the person. */
export interface Shown {
  readonly code: string
  readonly userCode: string
  /**
   * True for the first codes of the user. A person mistypes these only: everybody here has the same address, and an account that has
   * presented more than four wrong codes within an hour shares the budget of its address.
   */
  readonly isFirst: boolean
  /**
   * True when the device has its answer, so that the person has nothing left to do, and when the code has expired: the device shows it no
   * longer, and each further attempt would be a wrong code.
   */
  readonly isDone: () => boolean
}

/** The person enters the code and decides, again and again until the decision is acknowledged or the device is done. */
export async function decide(life: Life, shown: Shown): Promise<void> {
  const { plan } = life
  await sleep(life, plan.thinks)
  if (plan.decision === 'forgets') return
  const way = plan.by === 'page' ? onPage(life, shown) : byApi(life, shown)
  for (let wrong = 0; shown.isFirst && wrong < plan.mistypes; wrong++) {
    await way.enter(mistype(life, shown.userCode), 'mistyped')
    await sleep(life, 1)
  }
  let hasPressed = false
  while (!shown.isDone() && !life.isOver()) {
    const entered = await way.enter(shown.userCode)
    // the decision was made although its answer was lost, and the device has used the code
    if (hasPressed && entered.answer.result === 'unknown') return
    if (entered.answer.result === 'found') {
      hasPressed = true
      const { answer } = await way.press(plan.decision === 'approves' ? 'approve' : 'deny')
      if (answer.result === 'decided' || answer.result === 'alreadyDecided') return
    }
    await sleep(life, PATIENCE)
  }
}

interface Way {
  enter(userCode: string, note?: 'mistyped'): Promise<Operation>
  press(button: 'approve' | 'deny'): Promise<Operation>
}

/** Another code of the same form. */
function mistype({ random }: Life, userCode: string): string {
  const place = userCode.search(/[^-]/)
  const letters = [...'BCDFGHJKLMNPQRSTVWXZ'].filter((letter) => letter !== userCode[place])
  return userCode.slice(0, place) + random.pick(letters) + userCode.slice(place + 1)
}

function subjectOf({ plan }: Life): string {
  return `user-${plan.number}`
}

/** The page of an application that calls `deviceAuth.find` and `deviceAuth.approve`. */
function byApi(life: Life, { code, userCode }: Shown): Way {
  const { network, plan } = life
  const ask = (action: string, given: string) => {
    const path = `/people/${action}?user_code=${encodeURIComponent(given)}`
    return sending(life, { path, headers: { 'x-user': subjectOf(life) } })
  }
  const base = { user: plan.number, code }
  return {
    enter: (given, note) =>
      operate(network, anyNode(life), { ...base, step: 'enter', given, ...(note && { note }) }, ask('find', given)),
    press: (step) => operate(network, anyNode(life), { ...base, step, given: userCode }, ask(step, userCode)),
  }
}

/** The built-in page, as a browser sees it. */
function onPage(life: Life, { code, userCode }: Shown): Way {
  const { network, plan } = life
  const base = { user: plan.number, code }
  const browser = browserOf(life)
  let handle = ''
  const page = '/oauth/device'
  const submit = async (node: Node, given: string): Promise<Response> => {
    const form = await browser(node, { path: page })
    if (form.status !== 200) return form
    const fields = { handle: handleIn(form.text), user_code: given, action: 'continue' }
    const confirm = await browser(node, { path: page, form: fields })
    handle = handleIn(confirm.text)
    return confirm
  }
  return {
    enter: (given, note) =>
      operate(
        network,
        anyNode(life),
        { ...base, step: 'enter', given, ...(note && { note }) },
        (node) => submit(node, given),
        (response) => ({ result: readEntered(response) }),
      ),
    press: (step) =>
      operate(
        network,
        anyNode(life),
        { ...base, step, given: userCode },
        (node) => browser(node, { path: page, form: { handle, action: step, own_device: 'yes' } }),
        (response) => ({ result: readDecided(response) }),
      ),
  }
}

function handleIn(html: string): string {
  return /name="handle" value="([^"]*)"/.exec(html)?.[1] ?? ''
}

function hasButton({ text }: Response, name: string): boolean {
  return text.includes(`value="${name}"`)
}

function readEntered(response: Response): string {
  if (hasButton(response, 'approve')) return 'found'
  return hasButton(response, 'continue') && response.status < 429 ? 'unknown' : titleOf(response)
}

function readDecided(response: Response): string {
  if (response.status === 409) return 'alreadyDecided'
  if (response.status !== 200) return titleOf(response)
  return hasButton(response, 'approve') || hasButton(response, 'continue') ? 'asked again' : 'decided'
}

function titleOf({ text }: Response): string {
  return /<h1[^>]*>([^<]*)/.exec(text)?.[1] ?? text.slice(0, 80)
}

/** Keeps the cookie and follows redirects. */
function browserOf(life: Life): (node: Node, asked: Asked) => Promise<Response> {
  let cookie: string | undefined
  const visit = async (node: Node, asked: Asked, redirects = 0): Promise<Response> => {
    const headers = {
      'x-user': subjectOf(life),
      'sec-fetch-site': 'same-origin',
      ...(cookie === undefined ? {} : { cookie }),
    }
    const response = await life.network.send(node, { ...asked, headers })
    cookie = response.cookie ?? cookie
    if (response.location === undefined || redirects === 5) return response
    const { pathname, search } = new URL(response.location, 'http://localhost')
    return visit(node, { path: pathname + search }, redirects + 1)
  }
  return visit
}
