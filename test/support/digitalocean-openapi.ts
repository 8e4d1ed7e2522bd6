/**
 * DigitalOcean's published OpenAPI as a judge of requests and answers. The
 * document is not part of the repository: it lies in `specs/` of the folder
 * OSM_SHARED, by default `../shared` beside the repository.
 */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";

type Node = Record<string, unknown>;

interface Operation {
  readonly requestBody?: Node;
  readonly responses: Record<string, Node>;
  readonly parameters?: readonly Node[];
  readonly security?: readonly Record<string, readonly string[]>[];
}

interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: Record<string, Record<string, Node>>;
}

const shared = process.env["OSM_SHARED"] ?? path.resolve(import.meta.dirname, "../../../shared");
const file = path.join(shared, "specs/digitalocean-openapi.json");

export const openApiMissing: string | undefined = existsSync(file)
  ? undefined
  : `DigitalOcean's OpenAPI is not at ${file}; set OSM_SHARED to the folder that holds specs/`;

/** OpenAPI 3.0 says `nullable`, JSON Schema says `type: [..., "null"]`. */
function toJsonSchema(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(toJsonSchema);
  if (typeof node !== "object" || node === null) return node;
  const { nullable, discriminator: _, example: __, ...rest } = node as Node;
  const schema = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [key, toJsonSchema(value)]),
  );
  if (nullable === true && typeof schema["type"] === "string")
    schema["type"] = [schema["type"], "null"];
  if (nullable === true && Array.isArray(schema["enum"]))
    schema["enum"] = [...(schema["enum"] as unknown[]), null];
  return schema;
}

export class OpenApi {
  readonly #document: Document;
  readonly #ajv: Ajv;
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor() {
    this.#document = toJsonSchema(JSON.parse(readFileSync(file, "utf8"))) as Document;
    this.#ajv = new Ajv({ strict: false, allErrors: true });
    addFormats.default(this.#ajv);
    this.#ajv.addSchema(this.#document, "openapi");
  }

  #operation(method: string, template: string): Operation {
    const operation = this.#document.paths[template]?.[method.toLowerCase()];
    if (operation === undefined) throw new Error(`The OpenAPI has no ${method} ${template}.`);
    return operation;
  }

  #resolve(node: Node): Node {
    const reference = node["$ref"];
    if (typeof reference !== "string") return node;
    const [, , kind = "", name = ""] = reference.split("/");
    const found = this.#document.components[kind]?.[name];
    if (found === undefined) throw new Error(`The OpenAPI has no ${reference}.`);
    return found;
  }

  #schemaOf(holder: Node): unknown {
    const content = this.#resolve(holder)["content"] as Record<string, Node> | undefined;
    return content?.["application/json"]?.["schema"];
  }

  #problems(key: string, schema: unknown, value: unknown): readonly string[] {
    let validate = this.#compiled.get(key);
    if (validate === undefined) {
      const absolute = JSON.parse(
        JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"openapi#/'),
      ) as object;
      validate = this.#ajv.compile(absolute);
      this.#compiled.set(key, validate);
    }
    if (validate(value)) return [];
    return (validate.errors ?? []).map((error) => `${key}: ${error.instancePath} ${error.message}`);
  }

  requestProblems(method: string, template: string, body: unknown): readonly string[] {
    const holder = this.#operation(method, template).requestBody;
    const key = `${method} ${template}`;
    if (holder === undefined) return body === undefined ? [] : [`${key}: takes no body`];
    return this.#problems(key, this.#schemaOf(holder), body);
  }

  /** A status that the OpenAPI does not name is judged by its `default`. */
  responseProblems(
    method: string,
    template: string,
    status: number,
    body: unknown,
  ): readonly string[] {
    const { responses } = this.#operation(method, template);
    const holder = responses[String(status)] ?? responses["default"];
    const key = `${method} ${template} ${status}`;
    if (holder === undefined) return [`${key}: no such status`];
    const schema = this.#schemaOf(holder);
    if (schema === undefined) return body === undefined ? [] : [`${key}: has no body`];
    return this.#problems(key, schema, body);
  }

  /** Sets of scopes, any one of which is enough. */
  scopes(method: string, template: string): readonly (readonly string[])[] {
    return (this.#operation(method, template).security ?? []).map(
      (each) => each["bearer_auth"] ?? [],
    );
  }
}
