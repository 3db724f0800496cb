import type { DeviceStore } from '../contract/store.ts'
import type { Awaitable } from '../http.ts'

/** The name of a step of the store contract. */
export type StoreStep = Exclude<keyof DeviceStore, 'shared' | 'clock' | 'check' | 'watch'>

/** Runs a step. It calls `work` with a store: at once, later, several times or never. */
export type StepCall = <T>(step: StoreStep, work: (store: DeviceStore) => Awaitable<T>) => Awaitable<T>

/** A store whose steps all go through one function. */
export function forwardSteps(shared: boolean, call: StepCall): DeviceStore {
  return {
    shared,
    createDeviceCredential: (...args) => call('createDeviceCredential', (to) => to.createDeviceCredential(...args)),
    findDeviceCredential: (...args) => call('findDeviceCredential', (to) => to.findDeviceCredential(...args)),
    pollDeviceCredential: (...args) => call('pollDeviceCredential', (to) => to.pollDeviceCredential(...args)),
    slowDown: (...args) => call('slowDown', (to) => to.slowDown(...args)),
    findByUserCode: (...args) => call('findByUserCode', (to) => to.findByUserCode(...args)),
    claim: (...args) => call('claim', (to) => to.claim(...args)),
    claimByUserCode: (...args) => call('claimByUserCode', (to) => to.claimByUserCode(...args)),
    decide: (...args) => call('decide', (to) => to.decide(...args)),
    lease: (...args) => call('lease', (to) => to.lease(...args)),
    release: (...args) => call('release', (to) => to.release(...args)),
    redeem: (...args) => call('redeem', (to) => to.redeem(...args)),
    findToken: (...args) => call('findToken', (to) => to.findToken(...args)),
    rotateRefreshToken: (...args) => call('rotateRefreshToken', (to) => to.rotateRefreshToken(...args)),
    replayRotation: (...args) => call('replayRotation', (to) => to.replayRotation(...args)),
    deriveAccessToken: (...args) => call('deriveAccessToken', (to) => to.deriveAccessToken(...args)),
    revokeAccessToken: (...args) => call('revokeAccessToken', (to) => to.revokeAccessToken(...args)),
    revoke: (...args) => call('revoke', (to) => to.revoke(...args)),
    listFamilies: (...args) => call('listFamilies', (to) => to.listFamilies(...args)),
    findIds: (...args) => call('findIds', (to) => to.findIds(...args)),
    renameFamily: (...args) => call('renameFamily', (to) => to.renameFamily(...args)),
    takeAttempts: (...args) => call('takeAttempts', (to) => to.takeAttempts(...args)),
    giveBackAttempts: (...args) => call('giveBackAttempts', (to) => to.giveBackAttempts(...args)),
    sweep: (...args) => call('sweep', (to) => to.sweep(...args)),
    close: () => call('close', (to) => to.close()),
  }
}

const nothing = forwardSteps(false, (step) => {
  throw new Error(`${step}: there is no store.`)
})

/** The names of all steps. */
export const storeSteps: readonly StoreStep[] = Object.keys(nothing).filter(
  (name): name is StoreStep => name !== 'shared',
)
