import { quoted } from '../../quoted.ts'
import { addOrReplace, type Step } from './step.ts'

export const kanalenStep: Step = {
  name: 'kanalen',
  enable: ['notifications_kanalen_config_enable'],
  namespace: ['notifications_kanalen_config'],
  read(section, facts, findings) {
    for (const item of section.sections('items', 'kanaal')) {
      const naam = item.name('naam')
      if (naam !== undefined) item.shown = `kanaal ${quoted(naam)}`
      const documentatieLink = item.text('documentatie_link')
      const filters = item.texts('filters')
      item.finish()
      if (naam === undefined) continue
      const origin = { shown: item.shown, position: item.at('naam') }
      addOrReplace(facts.kanalen, { naam, documentatieLink, filters, origin }, (other) => other.naam === naam, findings)
    }
  },
}
