/** An image by its repository and its tag or digest; what is not named is empty. */
export interface ImageName {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

/** The parts of `registry:5000/name:tag`, of `registry/name@sha256:…`, or of a name alone. */
export function parseImageName(image: string): ImageName {
  const [name = '', digest = ''] = image.split('@');
  const colon = name.lastIndexOf(':');
  const hasTag = colon > name.lastIndexOf('/');
  return {
    repository: hasTag ? name.slice(0, colon) : name,
    tag: hasTag ? name.slice(colon + 1) : '',
    digest,
  };
}
