#!/bin/sh
# The command line beside barong.service, as root: with its settings, its user and its files.
#   sh /opt/barong/deploy/systemd/command.sh doctor
# Called by root itself, `barong` would leave files in /var/lib/barong that the service cannot open.
# shellcheck disable=SC2016
exec systemd-run --quiet --pipe --wait --collect \
  --property=DynamicUser=yes --property=User=barong \
  --property=StateDirectory=barong --property=StateDirectoryMode=0700 \
  --property=WorkingDirectory=/opt/barong --property=UMask=0077 \
  --property=EnvironmentFile=/etc/barong/barong.env \
  --property=LoadCredential=master.key:/etc/barong/master.key \
  --setenv=BARONG_ENV=production --setenv=BARONG_DATA_DIR=/var/lib/barong \
  /bin/sh -c 'BARONG_MASTER_KEY_FILE=$CREDENTIALS_DIRECTORY/master.key exec /opt/barong/bin/barong "$@"' barong "$@"
