#!/bin/sh
# Makes a development authority and a server certificate for the names that Latchkey and the stand-in Zendesk have on
# one machine. For development only: the authority may sign for names under localhost and nothing else.
#
#   sh certs/make-development-certificates.sh [FOLDER]
#
# FOLDER is this one unless named. What is there and still good is kept; run it again as often as you like.
set -eu

folder=${1:-$(dirname "$0")}
names="DNS:localhost,DNS:latchkey.localhost,DNS:zendesk.localhost,DNS:*.zendesk.localhost"
authority=development-authority
server=localhost
server_days=365
authority_days=1825
renew_before=$((30 * 86400))

say() { printf '%s\n' "$*"; }

refuse() {
    printf 'certs: %s\n' "$*" >&2
    exit 1
}

command -v openssl >/dev/null 2>&1 || refuse "openssl is needed and not on PATH; on Debian: apt-get install openssl"
mkdir -p "$folder" || refuse "$folder cannot be made"
cd "$folder"
umask 077
work=$(mktemp -d ./.making-XXXXXX) || refuse "$folder cannot be written"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

lasts() { openssl x509 -in "$1" -noout -checkend "$renew_before" >/dev/null 2>&1; }

# The certificate is of this key.
is_pair() {
    [ -s "$1.pem" ] && [ -s "$1.key" ] || return 1
    of_key=$(openssl pkey -in "$1.key" -pubout 2>/dev/null) || return 1
    of_certificate=$(openssl x509 -in "$1.pem" -noout -pubkey 2>/dev/null) || return 1
    [ "$of_key" = "$of_certificate" ]
}

has_names() {
    for name in localhost latchkey.localhost zendesk.localhost acme.zendesk.localhost; do
        openssl x509 -in "$1" -noout -checkhost "$name" 2>/dev/null | grep -q "does match" || return 1
    done
}

authority_is_good() { is_pair $authority && lasts $authority.pem; }

server_is_good() {
    is_pair $server && lasts $server.pem && has_names $server.pem &&
        openssl verify -CAfile $authority.pem $server.pem >/dev/null 2>&1
}

new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }

# No addresses, only names: BoringSSL, which the gateway and browsers use, knows no constraints on addresses and refuses a
# certificate with an address under an authority that has them. Without them the authority could sign for any address.
make_authority() {
    cat >"$work/authority.conf" <<CONF
[req]
distinguished_name = subject
x509_extensions = extensions
prompt = no
[subject]
CN = Latchkey development authority (this machine only)
[extensions]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
nameConstraints = critical, @permitted
[permitted]
permitted;DNS.0 = localhost
permitted;IP.0 = 127.0.0.0/255.0.0.0
permitted;IP.1 = ::1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
CONF
    new_key "$work/$authority.key"
    openssl req -x509 -new -sha256 -key "$work/$authority.key" -days $authority_days \
        -config "$work/authority.conf" -out "$work/$authority.pem"
    keep $authority
    say "made    $authority.pem and its key: the authority, good for $authority_days days"
}

make_server() {
    cat >"$work/server.conf" <<CONF
[req]
distinguished_name = subject
prompt = no
[subject]
CN = localhost
[extensions]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = $names
CONF
    new_key "$work/$server.key"
    openssl req -new -sha256 -key "$work/$server.key" -config "$work/server.conf" -out "$work/$server.csr"
    openssl x509 -req -sha256 -in "$work/$server.csr" -CA $authority.pem -CAkey $authority.key \
        -set_serial "0x$(openssl rand -hex 16)" -days $server_days \
        -extfile "$work/server.conf" -extensions extensions -out "$work/$server.pem" 2>/dev/null
    keep $server
    say "made    $server.pem and its key: for localhost, latchkey.localhost, zendesk.localhost and its subdomains," \
        "good for $server_days days"
}

# The key goes first: a certificate without its key is made again, a key of another certificate would be a puzzle.
keep() {
    chmod 600 "$work/$1.key"
    chmod 644 "$work/$1.pem"
    mv "$work/$1.key" "$1.key"
    mv "$work/$1.pem" "$1.pem"
}

if authority_is_good; then
    chmod 600 $authority.key
    say "kept    $authority.pem and its key"
else
    make_authority
fi
if server_is_good; then
    chmod 600 $server.key
    say "kept    $server.pem and its key"
else
    make_server
fi
openssl verify -CAfile $authority.pem $server.pem >/dev/null ||
    refuse "the new certificate does not stand up to its authority; remove *.pem and *.key here and try again"
say "The keys are of mode 0600 and ignored by git. Nothing was added to this machine's trusted authorities."
