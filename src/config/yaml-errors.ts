import type { YAMLError } from 'yaml'

/**
 * What we say for each error of the YAML parser. The parser's own messages quote the text around the
 * mistake (`Unresolved alias: hunter2`), and that text may be somebody's secret; these never do.
 */
const MESSAGES: Partial<Record<YAMLError['code'], { message: string; help?: string }>> = {
  ALIAS_PROPS: { message: 'an alias (*name) cannot have an anchor or tag of its own' },
  BAD_ALIAS: {
    message: 'this alias (*name) does not refer to an anchor above it',
    help: 'a text that begins with * needs quotes',
  },
  BAD_COLLECTION_TYPE: { message: 'a tag does not fit the map or list behind it' },
  BAD_DIRECTIVE: { message: 'this % directive is not understood' },
  BAD_DQ_ESCAPE: {
    message: 'an unknown \\ escape between double quotes',
    help: 'between single quotes a backslash is just a backslash',
  },
  BAD_INDENT: { message: 'this line is not indented like the lines that it belongs to' },
  BAD_PROP_ORDER: { message: 'an anchor or tag stands in the wrong place' },
  BAD_SCALAR_START: { message: 'a text cannot begin with this character', help: 'put quotes round the text' },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a key or map cannot begin here',
    help: 'a text with ": " in it needs quotes; a map below a key starts on the next line',
  },
  BLOCK_IN_FLOW: { message: 'between { } or [ ] everything is written with commas' },
  KEY_OVER_1024_CHARS: { message: 'a key is longer than 1024 characters' },
  MISSING_CHAR: {
    message: 'a character is missing here',
    help: 'look for an unclosed quote or bracket, or a missing comma or colon',
  },
  MULTILINE_IMPLICIT_KEY: {
    message: 'a key has to stand on one line',
    help: 'is the colon missing, or the space after it?',
  },
  MULTIPLE_ANCHORS: { message: 'a value can have one anchor' },
  MULTIPLE_TAGS: { message: 'a value can have one tag' },
  NON_STRING_KEY: { message: 'a key has to be text' },
  RESOURCE_EXHAUSTION: { message: 'the document is nested too deeply' },
  TAB_AS_INDENT: { message: 'a tab cannot be used to indent', help: 'use spaces' },
  TAG_RESOLVE_FAILED: {
    message: 'this tag (!name) is not known',
    help: 'a text that begins with ! needs quotes',
  },
  UNEXPECTED_TOKEN: { message: 'this does not belong here', help: 'a text with special characters needs quotes' },
}

/** Message and help for a parser error, without a word of the document. */
export function explainYamlError(code: YAMLError['code']): { message: string; help: string[] } {
  const known = MESSAGES[code]
  return { message: known?.message ?? 'this is not valid YAML', help: known?.help === undefined ? [] : [known.help] }
}
