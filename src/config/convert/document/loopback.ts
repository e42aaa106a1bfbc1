import { note, type Making } from './context.ts'

const LOOPBACK = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/

/** Bode calls its own machine only when a person says so; Open Notificaties' examples do it everywhere. */
export function tellLoopback(making: Making): void {
  for (const { kind, value, comments, origin } of making.converted.objects) {
    const url = kind === 'externalCredentials' ? value['apiRoot'] : value['callbackUrl']
    if (typeof url !== 'string' || !URL.canParse(url)) continue
    const { hostname } = new URL(url)
    if (!LOOPBACK.test(hostname)) continue
    note(making, comments, origin, {
      id: 'loopback',
      message: `${origin.shown} is on ${hostname}, which Bode does not call unless egress.allow has it`,
      help: ['for development: egress: { allow: [127.0.0.0/8] }; in a container localhost is the container itself'],
    })
  }
}
