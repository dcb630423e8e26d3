# facegate in a container: docker build -t facegate . && docker run -p 8080:8080 -v facegate:/var/lib/facegate facegate
FROM rust:1.95-bookworm AS build
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --no-install-recommends -y make nodejs npm python3 python3-pip python3-venv \
 && rm -rf /var/lib/apt/lists/*
# The container is thrown away: its Python is nobody else's.
ENV PIP_BREAK_SYSTEM_PACKAGES=1
WORKDIR /src
COPY . .
RUN make install DESTDIR=/out

FROM debian:bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --no-install-recommends -y ca-certificates libstdc++6 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /var/lib/facegate --shell /usr/sbin/nologin facegate \
 && install -d -o facegate -g facegate -m 700 /var/lib/facegate
COPY --from=build /out /
USER 10001
ENV FACEGATE_CONFIG=/etc/facegate/facegate.toml FACEGATE_LISTEN=0.0.0.0:8080
VOLUME /var/lib/facegate
EXPOSE 8080
HEALTHCHECK --start-period=30s --interval=10s --timeout=5s \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /readyz HTTP/1.0\\r\\n\\r\\n' >&3 && head -1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["facegate"]
CMD ["serve"]
