#!/bin/sh
# Makes a Debian package from what `make install` installs: deb.sh MAKE FOLDER
set -eu
make=$1 out=$2
command -v dpkg-shlibdeps >/dev/null || { echo "a Debian package needs dpkg-dev: apt install dpkg-dev" >&2; exit 1; }
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
architecture=$(dpkg --print-architecture)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
"$make" --no-print-directory install DESTDIR="$root" PREFIX=/usr SYSCONFDIR=/etc >/dev/null
gzip -9n "$root"/usr/share/man/man1/*.1
install -d "$root/usr/share/doc/facegate" "$root/DEBIAN"
rm "$root/usr/share/doc/facegate/LICENSE"
install -m644 packaging/debian/copyright "$root/usr/share/doc/facegate/copyright"
{
  printf 'facegate (%s) stable; urgency=medium\n\n  * See CHANGELOG.md of the sources.\n\n' "$version"
  printf ' -- the facegate developers <facegate@localhost>  %s\n' "$(date -R -u -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}")"
} | gzip -9n > "$root/usr/share/doc/facegate/changelog.gz"
find "$root" -name 'lib*.so*' -exec chmod 644 {} +

# What the binary and the inference runtimes link to. The runtimes' own libraries lie beside them.
mkdir "$work/debian" && printf 'Source: facegate\nPackage: facegate\n' > "$work/debian/control"
libraries=$(find "$root/usr/lib/facegate/models/runtime" -name '*.so*' -type f)
paths=$(for library in $libraries; do dirname "$library"; done | sort -u | sed 's/^/-l/')
# Words on purpose: none of these paths has a space.
# shellcheck disable=SC2086
depends=$(cd "$work" && dpkg-shlibdeps -O --ignore-missing-info $paths root/usr/bin/facegate $libraries 2>/dev/null |
  sed -n 's/^shlibs:Depends=//p')

sed "s/@VERSION@/$version/; s/@ARCHITECTURE@/$architecture/; s/@DEPENDS@/$depends/" packaging/debian/control > "$root/DEBIAN/control"
echo "Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)" >> "$root/DEBIAN/control"
echo /etc/facegate/facegate.toml > "$root/DEBIAN/conffiles"
install -m755 packaging/debian/postinst packaging/debian/prerm packaging/debian/postrm "$root/DEBIAN"
mkdir -p "$out"
dpkg-deb --build --root-owner-group -Zxz -z4 "$root" "$out/facegate_${version}_$architecture.deb"
