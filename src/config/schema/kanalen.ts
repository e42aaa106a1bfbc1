import { Type } from './type.ts'
import { closed, line, mapOf, protectedMark, words } from './building-blocks.ts'

/** Length limits of the standard. */
export const kanaalNaam = line(50, words('Naam', 'The naam of the kanaal.'))

export const kanalen = mapOf(
  kanaalNaam,
  closed(
    {
      documentatieLink: Type.Optional(
        Type.String({
          pattern: '^(https?://[^/?#\\s].*|.*\\$\\{.*)?$',
          patternErrorMessage: 'an http:// or https:// URL, or nothing',
          maxLength: 200,
          default: '',
          examples: ['https://open-zaak.gemeente.local/ref/kanalen/#/zaken'],
          ...words('Documentatielink', 'Where the kanaal is described. Never fetched; may be empty.'),
        }),
      ),
      filters: Type.Optional(
        Type.Array(line(100), {
          uniqueItems: true,
          default: [],
          examples: [['bronorganisatie', 'zaaktype', 'vertrouwelijkheidaanduiding']],
          ...words('Filters', 'Names of the kenmerken that an abonnement on this kanaal can filter on.'),
        }),
      ),
      protected: protectedMark,
    },
    words('Kanaal', 'A subject that notificaties are published on.'),
  ),
  {
    ...words('Kanalen', 'The kanalen, by naam.'),
    examples: [{ zaken: { filters: ['bronorganisatie', 'zaaktype'] } }],
  },
)
