import type { Settings, SettingsSection } from '../../common/model.ts'

/** The columns of `setting` that hold one section of settings. */
export type SettingColumns = {
  /** JSON, complete: defaults were filled in when it was applied. */
  value: string
}

export function toColumns(value: Settings[SettingsSection]): SettingColumns {
  return { value: JSON.stringify(value) }
}

export function fromRow<Section extends SettingsSection>(row: SettingColumns & { section: Section }): Settings[Section]
export function fromRow(row: SettingColumns & { section: string }): Settings[SettingsSection]
export function fromRow(row: SettingColumns): Settings[SettingsSection] {
  return JSON.parse(row.value) as Settings[SettingsSection]
}
