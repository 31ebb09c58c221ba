import { z } from 'zod';
import { text, withRules } from './fields.ts';

const address = text({
  pattern: '^[0-9a-fA-F.:]+$',
  maxLength: 45,
  message: 'must be an IP address',
});

const hostName = z.string().min(1).max(253);

/** An entry of `podTemplate.hostAliases`. */
export const hostAlias = z.strictObject({
  ip: address.describe('IP address of the host names.'),
  hostnames: z
    .array(hostName)
    .min(1)
    .max(64)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('Host names that lead to the address.'),
});

/** `podTemplate.dnsConfig`: what is added to the DNS settings of `dnsPolicy`. */
export const dnsConfig = z.strictObject({
  nameservers: z
    .array(address)
    .min(1)
    .max(3)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .exactOptional()
    .describe('IP addresses of DNS servers.'),
  searches: z
    .array(hostName)
    .min(1)
    .max(32)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .exactOptional()
    .describe('Domains in which short names are looked up.'),
  options: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(64).describe('Name of the option, such as ndots.'),
        value: z.string().min(1).max(64).exactOptional().describe('Value of the option.'),
      }),
    )
    .min(1)
    .max(32)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .exactOptional()
    .describe('Options of the resolver.'),
});

const secretKeyRef = z.strictObject({
  name: z.string().min(1).max(253).describe('Name of the Secret.'),
  key: z.string().min(1).max(253).describe('Key that holds the value.'),
});

/** An entry of `podTemplate.env`. */
export const environmentVariable = withRules(
  z.strictObject({
    name: text({
      pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
      maxLength: 128,
      message: 'must be the name of a variable: letters, digits and "_"',
    }).describe('Name of the variable, such as HTTPS_PROXY.'),
    value: z.string().min(1).max(4_096).exactOptional().describe('Value of the variable.'),
    valueFrom: z
      .strictObject({
        secretKeyRef: secretKeyRef.describe('The Secret, in the namespace of this resource.'),
      })
      .exactOptional()
      .describe(
        'The value is in a Secret, such as the address of a proxy with its password. A changed Secret takes effect when pods start.',
      ),
  }),
  [
    {
      cel: 'has(self.value) != has(self.valueFrom)',
      holds: ({ value, valueFrom }) => (value === undefined) !== (valueFrom === undefined),
      message: 'a variable must have exactly one of value and valueFrom',
    },
    {
      cel: "!self.name.startsWith('NODE_')",
      holds: ({ name }) => !name.startsWith('NODE_'),
      message:
        'variables of Node are set by the exporter: for CA certificates use spec.extraCaConfigMapRef',
    },
  ],
);
