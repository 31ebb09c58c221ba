ARG BASE_IMAGE=node:24-slim

FROM ${BASE_IMAGE} AS build
# A file with the authority of a proxy that inspects TLS; mount it into the build.
ARG NODE_EXTRA_CA_CERTS
WORKDIR /app
COPY package.json package-lock.json ./
# Optional packages are native parts of test tools, half a gigabyte of them, that the compiler does not need.
RUN npm ci --omit=optional --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
# The final image has no env(1), which the first line names.
RUN npm run build && chmod 0755 dist/cli/main.js && sed -i '1s|.*|#!/usr/local/bin/node|' dist/cli/main.js

FROM ${BASE_IMAGE} AS dependencies
ARG NODE_EXTRA_CA_CERTS
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

# All that the final image needs of the base image: Node.js, and the C libraries that it and the native packages load.
FROM dependencies AS runtime
RUN mkdir --parents /runtime/usr/local/bin \
 && cp --parents --dereference /usr/local/bin/node \
    $(find node_modules -name '*.node' | xargs ldd /usr/local/bin/node | grep --only-matching '/[^ :]*[.]so[^ ]*' | sort --unique) /runtime \
 && cp --parents /usr/share/doc/libc6/copyright /usr/share/doc/libgcc-s1/copyright /usr/share/doc/libstdc++6/copyright /runtime \
 && ln --symbolic /app/dist/cli/main.js /runtime/usr/local/bin/deepflow-kafka-exporter

# No shell, no package manager: whoever gets in finds no tools.
FROM scratch
COPY --from=runtime /runtime /
WORKDIR /app
ENV NODE_ENV=production PATH=/usr/local/bin
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY --from=build /app/dist ./dist
# A number, so that Kubernetes can tell that it is not root.
USER 65532:65532
# SIGUSR1 must not open a debugger. New objects rarely live for long here: a small space for them saves 40 MB and costs nothing that can be measured.
ENTRYPOINT ["node", "--max-semi-space-size=8", "--enable-source-maps", "--disable-sigusr1", "/app/dist/cli/main.js"]
