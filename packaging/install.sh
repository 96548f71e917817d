#!/bin/sh
# Installs a built totem on a Linux kiosk, or a newer one over it, with a way back. Run it as root, from the built folder
# (instalar/install.sh) or from a checkout.
#
#   install.sh BUILT_FOLDER [--display cage|x11]   installs that version, makes it the current one, starts it
#   install.sh --back                              makes the version before it the current one again
#
# Versions lie side by side in /opt/totem/versions; `current` points at the one that runs, `previous` at the one before.
# A version becomes current only if it passes its own --self-test, and stays so only if the service is healthy after
# --wait SECONDS (30); else the pointer goes back by itself. Configuration (/etc/totem) and data (/var/lib/totem) are
# never touched once they are there.
#
# --root DIR installs into another root (an image that is being made): no user, no service, no self-test.
# --no-start leaves the service alone. Exit codes: 0 done; 1 turned back or refused; 2 wrong usage.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root= bundle= display=cage wait_s=30 back=no start=yes
keep=3

say() { printf 'totem: %s\n' "$*"; }
fail() {
    printf 'totem: %s\n' "$*" >&2
    exit 1
}
usage() {
    sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

while [ $# -gt 0 ]; do
    case $1 in
    --root | --display | --wait)
        [ $# -ge 2 ] || usage
        case $1 in
        --root) root=${2%/} start=no ;;
        --display) display=$2 ;;
        --wait) wait_s=$2 ;;
        esac
        shift 2
        ;;
    --back) back=yes && shift ;;
    --no-start) start=no && shift ;;
    -*) usage ;;
    *)
        [ -z "$bundle" ] || usage
        bundle=$1
        shift
        ;;
    esac
done
case $display in cage | x11) ;; *) usage ;; esac
case $wait_s in *[!0-9]* | '') usage ;; esac
[ "$back" = yes ] || [ -n "$bundle" ] || usage

opt=$root/opt/totem
etc=$root/etc/totem
data=$root/var/lib/totem
units=$root/etc/systemd/system
service=totem.service

# $1: the pointer's name; $2: what it points at, relative to $opt. One rename: there is no moment without a pointer.
point() {
    ln -sfn "$2" "$opt/$1.new"
    mv -T "$opt/$1.new" "$opt/$1"
}

# Started, and still the same process when the time is over.
is_healthy() {
    systemctl restart "$service" || return 1
    main=$(systemctl show --property=MainPID --value "$service")
    sleep "$wait_s"
    systemctl is-active --quiet "$service" && [ "$(systemctl show --property=MainPID --value "$service")" = "$main" ]
}

go_back() {
    [ -L "$opt/previous" ] || fail "não há versão anterior"
    was=$(readlink "$opt/current")
    point current "$(readlink "$opt/previous")"
    point previous "$was"
    [ "$start" = no ] || systemctl restart "$service" || say "o serviço não subiu; veja: journalctl -u totem"
    say "de volta a $(readlink "$opt/current")"
}

make_user() {
    getent group totem >/dev/null || groupadd --system totem
    getent passwd totem >/dev/null ||
        useradd --system --gid totem --home-dir /var/lib/totem --shell /usr/sbin/nologin totem
    for group in video render input dialout lp; do
        ! getent group "$group" >/dev/null || usermod -aG "$group" totem
    done
}

# The example becomes the configuration of a first installation, its data where the service may write.
make_configuration() {
    mkdir -p "$etc" "$data/segredos"
    chmod 700 "$data" "$data/segredos"
    chmod 750 "$etc"
    for file in totem.toml catalogue.toml; do
        [ ! -e "$etc/$file" ] || continue
        sed -e 's#"dados#"/var/lib/totem/dados#' -e 's#"segredos/#"/var/lib/totem/segredos/#' \
            "$new/_internal/assets/config/$file" >"$etc/$file"
        chmod 640 "$etc/$file"
        first=yes
    done
    [ -n "$root" ] || chown -R totem:totem "$data"
    [ -n "$root" ] || chown -R root:totem "$etc"
}

install_units() {
    mkdir -p "$units/$service.d" "$root/etc/udev/rules.d"
    cp "$here/systemd/totem.service" "$units/$service"
    rm -f "$units/$service.d/x11.conf" "$units/totem-x11.service"
    if [ "$display" = x11 ]; then
        cp "$here/systemd/x11.conf" "$units/$service.d/x11.conf"
        cp "$here/systemd/totem-x11.service" "$units/totem-x11.service"
    fi
    cp "$here"/udev/*.rules "$root/etc/udev/rules.d/"
    [ -z "$root" ] || return 0
    udevadm control --reload && udevadm trigger
    systemctl daemon-reload
    systemctl enable --quiet "$service"
}

# The oldest beyond the last few go; never the current one nor the one before.
prune() {
    # shellcheck disable=SC2012 # names are versions: no blanks, no marks
    ls -1t "$opt/versions" | tail -n "+$((keep + 1))" | while read -r name; do
        case versions/$name in
        "$(readlink "$opt/current")" | "$(readlink "$opt/previous" || :)") ;;
        *) rm -rf "${opt:?}/versions/$name" ;;
        esac
    done
}

if [ "$back" = yes ]; then
    go_back
    exit 0
fi

[ -x "$bundle/totem" ] || fail "$bundle não tem o programa totem; indique a pasta montada (dist/totem)"
version=$("$bundle/totem" --version | sed 's/^totem //')
case $version in '' | *[!0-9A-Za-z.+-]*) fail "versão ilegível: $version" ;; esac
name=$version number=2
while [ -e "$opt/versions/$name" ]; do
    name=$version+$number
    number=$((number + 1))
done
new=$opt/versions/$name
first=no

[ -n "$root" ] || make_user
mkdir -p "$opt/versions"
rm -rf "$opt/versions/.coming"
cp -a "$bundle" "$opt/versions/.coming"
[ -n "$root" ] || chown -R root:root "$opt/versions/.coming"
mv "$opt/versions/.coming" "$new"
touch "$new"

if [ -z "$root" ] && ! runuser -u totem -- env -i HOME=/var/lib/totem "$new/totem" --self-test; then
    rm -rf "$new"
    fail "a versão $name não passou no próprio teste; nada foi trocado"
fi

make_configuration
install_units
before=$(readlink "$opt/current" || :)
point current "versions/$name"
[ -z "$before" ] || point previous "$before"
prune
say "versão $name instalada em $opt"

if [ "$first" = yes ]; then
    say "primeira instalação: edite $etc/totem.toml e $etc/catalogue.toml, confira com"
    say "  runuser -u totem -- /opt/totem/current/totem --config /etc/totem/totem.toml doctor"
    say "e inicie: systemctl start totem"
elif [ "$start" = yes ] && ! is_healthy; then
    if [ -n "$before" ]; then
        say "a versão $name não ficou de pé em $wait_s s"
        go_back
    fi
    fail "o serviço não está saudável; veja: journalctl -u totem"
fi
