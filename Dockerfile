# jhot as a container image. The last stage is the default:
#
#   docker build -t jhot .                  a JDK 25 and jhot, for FROM jhot; compiled here, from the sources
#   docker build -t jhot:bare --target bare .   jhot and the C library on an empty image, for a JVM of your own
#   make image                              both, from the tree that make has built on this machine
#
# Any other image with glibc: COPY --from=jhot /opt/jhot /opt/jhot

FROM debian:bookworm-slim AS tree
COPY --from=eclipse-temurin:25-jdk /opt/java/openjdk /opt/java/openjdk
ENV JAVA_HOME=/opt/java/openjdk
WORKDIR /src
COPY . .
# `make image` sends nothing but the tree: then there is nothing to compile.
RUN if [ ! -x build/jhot/bin/jhot ]; then \
      mkdir -p /usr/share/man/man1 && \
      apt-get -qq update && \
      apt-get -qq install -y --no-install-recommends make maven gcc libc6-dev && \
      make build; \
    fi
# Man pages and shell completion are for a shell.
RUN mkdir -p /image/opt && \
    cp -R --preserve=mode,timestamps build/jhot /image/opt/jhot && \
    rm -r /image/opt/jhot/share

# The C library's files that a JVM without a desktop loads, and the folders that jhot and a JVM expect.
FROM tree AS libraries
RUN mkdir -p /image/empty/run && mkdir -m 1777 /image/empty/tmp && \
    find /image/opt/jhot/bin /image/opt/jhot/lib/runtime -type f -perm -u=x -o -name '*.so' | \
      xargs ldd | sed -n 's|.*[[:space:]]\(/lib[^ ]*/[^ /]*\) (0x.*|\1|p' | sort -u | \
      while read -r library; do cp -L --parents "$library" /image/empty; done

FROM scratch AS bare
COPY --from=libraries /image/empty /
COPY --from=tree /image /
ENV PATH=/opt/jhot/bin
ENTRYPOINT ["/opt/jhot/bin/jhot", "exec", "--"]

FROM eclipse-temurin:25-jdk AS jhot
COPY --from=tree /image /
ENTRYPOINT ["/opt/jhot/bin/jhot", "exec", "--"]
