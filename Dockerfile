# syntax=docker/dockerfile:1
# A static binary, the root certificates and nothing else; it runs as nobody in particular (65532).
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG VERSION=
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 go build -buildvcs=false -tags nomsgpack -trimpath \
    -ldflags "-s -w -X main.version=${VERSION}" -o /out/guike .
# The folders that the server writes to: its data, and large uploads while they arrive.
RUN mkdir -p /out/data /out/tmp && chmod 1777 /out/tmp && \
    printf 'guike:x:65532:65532::/data:/sbin/nologin\n' >/out/passwd && \
    printf 'guike:x:65532:\n' >/out/group

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /usr/local/go/lib/time/zoneinfo.zip /usr/local/go/lib/time/zoneinfo.zip
COPY --from=build /out/passwd /out/group /etc/
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build /out/tmp /tmp
COPY --from=build /out/guike /guike
ENV GUIKE_DATA_DIR=/data \
    GUIKE_HTTP_ADDR=:8080 \
    ZONEINFO=/usr/local/go/lib/time/zoneinfo.zip
USER 65532:65532
VOLUME /data
EXPOSE 8080
# The operations port stays inside: /healthz and /readyz are asked by `guike health`.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["/guike", "health"]
ENTRYPOINT ["/guike"]
CMD ["serve"]
