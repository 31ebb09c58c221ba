import { z } from 'zod';

const schema = z.looseObject({
  type: z.string().optional(),
  description: z.string().optional(),
  default: z.json().optional(),
  enum: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  required: z.array(z.string()).default([]),
  properties: z.record(z.string(), z.unknown()).optional(),
  items: z.unknown().optional(),
  additionalProperties: z.unknown().optional(),
});

type Schema = z.infer<typeof schema>;

const crdSchema = z.looseObject({
  spec: z.looseObject({
    versions: z.tuple([
      z.looseObject({
        schema: z.looseObject({
          openAPIV3Schema: z.looseObject({
            properties: z.looseObject({ spec: schema, status: schema }),
          }),
        }),
      }),
    ]),
  }),
});

/** Markdown tables of the fields of `spec` and of `status` of a CRD, with one row for each field. */
export function fieldTables(crd: unknown): { readonly spec: string; readonly status: string } {
  const [version] = crdSchema.parse(crd).spec.versions;
  const { spec, status } = version.schema.openAPIV3Schema.properties;
  return { spec: table(rowsOf(spec, '')), status: table(rowsOf(status, '')) };
}

function table(rows: readonly string[]): string {
  return ['| Field | Type | Default | Meaning |', '|---|---|---|---|', ...rows].join('\n');
}

function rowsOf(parent: Schema, prefix: string): string[] {
  return Object.entries(parent.properties ?? {}).flatMap(([name, raw]) => {
    const field = schema.parse(raw);
    const path = `${prefix}${name}`;
    const byDefault =
      field.default === undefined
        ? parent.required.includes(name)
          ? '**required**'
          : ''
        : defaultOf(field);
    const row = `| \`${path}\` | ${typeOf(field)} | ${byDefault} | ${(field.description ?? '').replaceAll('|', '\\|').replaceAll('<', '&lt;')} |`;
    const items = schema.safeParse(field.items).data;
    const below = items === undefined ? rowsOf(field, `${path}.`) : rowsOf(items, `${path}[].`);
    return [row, ...below];
  });
}

function defaultOf(field: Schema): string {
  if (field.type === 'object') return '';
  return field.default === '' ? '`""`' : `\`${JSON.stringify(field.default).replaceAll('"', '')}\``;
}

function typeOf(field: Schema): string {
  if (field.enum !== undefined) return field.enum.map((value) => `\`${value}\``).join(', ');
  const items = schema.safeParse(field.items).data;
  if (items !== undefined) return `list of ${typeOf(items)}`;
  if (field['x-kubernetes-int-or-string'] === true) return 'integer or string';
  if (field.additionalProperties !== undefined) return 'map';
  const { minimum, maximum } = field;
  if (minimum !== undefined && maximum !== undefined) return `integer ${minimum}–${maximum}`;
  return field.type ?? '';
}
