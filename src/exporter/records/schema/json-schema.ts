/** The part of JSON Schema (draft 2020-12) that describes records. */
export interface JsonSchema {
  readonly $schema?: 'https://json-schema.org/draft/2020-12/schema';
  readonly title?: string;
  readonly description?: string;
  readonly type?: JsonType | readonly JsonType[];
  readonly const?: string | number;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  /** The known values, when other values are possible. */
  readonly examples?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  /** `uint64` and `int64` are formats of OpenAPI. */
  readonly format?: 'ipv4' | 'ipv6' | 'int64' | 'uint64';
  readonly items?: JsonSchema;
  readonly minItems?: number;
  /** The unit of a number. It is an annotation, not a keyword of the draft. */
  readonly 'x-unit'?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly dependentRequired?: Readonly<Record<string, readonly string[]>>;
  readonly additionalProperties?: false;
}

type JsonType = 'object' | 'array' | 'string' | 'number' | 'integer' | 'null';
