/**
 * What YAML's parser objects to, in words of our own: its messages quote the
 * text that they stumble over, which may be a password with a `*` in front.
 */
import type { ErrorCode } from "yaml";

const sentences: { readonly [Code in ErrorCode]: string } = {
  ALIAS_PROPS: "anchors and aliases (`&`, `*`) are not allowed in a plan; write the value out",
  BAD_ALIAS: "anchors and aliases (`&`, `*`) are not allowed in a plan; write the value out",
  BAD_COLLECTION_TYPE: "tags (`!`) are not allowed in a plan",
  BAD_DIRECTIVE: "directives (`%`) are not allowed in a plan",
  BAD_DQ_ESCAPE:
    "a `\\` in a double-quoted text begins no known escape; use single quotes, or `\\\\`",
  BAD_INDENT: "the indentation does not fit the lines above",
  BAD_PROP_ORDER: "tags and anchors (`!`, `&`) are not allowed in a plan",
  BAD_SCALAR_START: "a text that begins with this character must be in quotes",
  BLOCK_AS_IMPLICIT_KEY: "a second `:` on one line; put a text that holds `: ` in quotes",
  BLOCK_IN_FLOW: "a block of lines cannot stand inside `[ ]` or `{ }`",
  DUPLICATE_KEY: "this key stands here twice",
  IMPOSSIBLE: "this is not YAML",
  KEY_OVER_1024_CHARS: "a key is longer than 1024 characters",
  MISSING_CHAR: "something is missing here: a closing quote or bracket, or a `:` after a key",
  MULTILINE_IMPLICIT_KEY: "a key goes over several lines; is a closing quote or a `:` missing?",
  MULTIPLE_ANCHORS: "anchors and aliases (`&`, `*`) are not allowed in a plan; write the value out",
  MULTIPLE_DOCS: "a plan is one document; a second one begins here",
  MULTIPLE_TAGS: "tags (`!`) are not allowed in a plan",
  NON_STRING_KEY: "a key must be a plain text",
  RESOURCE_EXHAUSTION: "this is nested too deeply",
  TAB_AS_INDENT: "a tab used for indentation; YAML takes spaces only",
  TAG_RESOLVE_FAILED: "tags (`!`) are not allowed in a plan",
  UNEXPECTED_TOKEN: "YAML cannot go on here; is a quote missing, or the indentation wrong?",
};

export function yamlSentence(code: ErrorCode): string {
  return sentences[code] ?? "this is not YAML";
}
