import { Type } from './type.ts'
import { closed, words } from './building-blocks.ts'
import { pemReference } from './secret.ts'

/** What a connection to one other system is made with; `side` names that system. */
export function tls(side: string) {
  return Type.Optional(
    closed(
      {
        ca: Type.Optional(
          pemReference(
            'CA',
            `The certificates that the certificate of ${side} is checked against; then those that the system trusts do not count.`,
          ),
        ),
        certificate: Type.Optional(
          pemReference(
            'Certificate',
            `The certificate that Bode shows to ${side}, with the intermediate ones behind it. Needs \`key\`.`,
          ),
        ),
        key: Type.Optional(pemReference('Key', 'The private key of `certificate`, without a passphrase.')),
      },
      {
        ...words('TLS', `Certificates for the connection to ${side}; only over https.`),
        examples: [
          {
            certificate: { file: '/etc/bode/tls/tls.crt' },
            key: { file: '/etc/bode/tls/tls.key' },
            ca: { file: '/etc/bode/tls/ca.crt' },
          },
        ],
      },
    ),
  )
}
