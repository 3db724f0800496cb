import type { DeviceAuth, DeviceAuthEventName, DeviceAuthEvents } from '@device-auth/core'
import { Inject, Injectable } from '@nestjs/common'
import { Observable } from 'rxjs'

/** The token of the server itself, a `DeviceAuth`. */
export const DEVICE_AUTH: unique symbol = Symbol.for('@device-auth/nest DEVICE_AUTH')

/** Injects the server itself, a `DeviceAuth`: for what {@link DeviceAuthService} leaves out. */
export const InjectDeviceAuth = (): PropertyDecorator & ParameterDecorator => Inject(DEVICE_AUTH)

/** What an application asks of its server: decisions of a page of its own, the devices of a user, events. */
@Injectable()
export class DeviceAuthService {
  readonly approve: DeviceAuth['approve']
  readonly deny: DeviceAuth['deny']
  readonly find: DeviceAuth['find']
  readonly devices: DeviceAuth['devices']
  /** Every event of a name from now on; it does not end by itself. */
  readonly events: <Name extends DeviceAuthEventName>(name: Name) => Observable<DeviceAuthEvents[Name]>

  constructor(@InjectDeviceAuth() { approve, deny, find, devices, on }: DeviceAuth) {
    this.approve = approve
    this.deny = deny
    this.find = find
    this.devices = devices
    this.events = (name) => new Observable((subscriber) => on(name, (event) => subscriber.next(event)))
  }
}
