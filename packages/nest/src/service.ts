import type { DeviceAuth, DeviceAuthEventName, DeviceAuthEvents } from '@device-auth/core'
import { Inject, Injectable } from '@nestjs/common'
import { Observable } from 'rxjs'

/** The injection token of the server itself, a `DeviceAuth`. */
export const DEVICE_AUTH: unique symbol = Symbol.for('@device-auth/nest DEVICE_AUTH')

/** Injects the server itself, a `DeviceAuth`, for the members that {@link DeviceAuthService} does not have. */
export const InjectDeviceAuth = (): PropertyDecorator & ParameterDecorator => Inject(DEVICE_AUTH)

/** The members of the server that applications use most: decisions for pages of their own, devices, events. */
@Injectable()
export class DeviceAuthService {
  readonly approve: DeviceAuth['approve']
  readonly deny: DeviceAuth['deny']
  readonly find: DeviceAuth['find']
  readonly devices: DeviceAuth['devices']
  /** All events of a name from the subscription on, as an Observable that does not end by itself. */
  readonly events: <Name extends DeviceAuthEventName>(name: Name) => Observable<DeviceAuthEvents[Name]>

  constructor(@InjectDeviceAuth() { approve, deny, find, devices, on }: DeviceAuth) {
    this.approve = approve
    this.deny = deny
    this.find = find
    this.devices = devices
    this.events = (name) => new Observable((subscriber) => on(name, (event) => subscriber.next(event)))
  }
}
