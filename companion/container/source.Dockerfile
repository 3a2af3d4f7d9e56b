# The companion with its tools, built from the source with the glibc that it runs with. The context is the root of the repository:
#   docker build -f companion/container/source.Dockerfile .
FROM rust:1-bookworm AS build
WORKDIR /source
COPY . .
# As `cargo xtask companion build` has it.
RUN if [ "$(uname -m)" = x86_64 ]; then export RUSTFLAGS=-Ctarget-cpu=x86-64-v2; fi; cargo build --release --locked -p edge-companion

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ffmpeg libraw-bin && rm -rf /var/lib/apt/lists/*
COPY --from=build /source/target/release/immich-companion /usr/local/bin/
USER nobody
ENTRYPOINT ["immich-companion", "--work", "/tmp/immich-companion"]
