# SPDX-License-Identifier: GPL-2.0-or-later
# fish completion for evmctl: its verbs snapshot and ima_measurement

set -l verbs snapshot ima_measurement help
set -l actions take list check status export clean cat mount wait

complete -c evmctl -n "not __fish_seen_subcommand_from $verbs" -f -a snapshot \
	-d 'take the measurement list into shards'
complete -c evmctl -n "not __fish_seen_subcommand_from $verbs" -f -a ima_measurement \
	-d 'verify a measurement list'
complete -c evmctl -n "not __fish_seen_subcommand_from $verbs" -f -a help \
	-d 'say what there is'
complete -c evmctl -n '__fish_seen_subcommand_from help' -f \
	-a 'snapshot ima_measurement'
complete -c evmctl -f -n "__fish_seen_subcommand_from snapshot; and not \
	__fish_seen_subcommand_from $actions" -a "$actions"
complete -c evmctl -n '__fish_seen_subcommand_from mount' -f \
	-a '(__fish_complete_directories)'

complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l shard-dir -xa '(__fish_complete_directories)' \
	-d 'where the shards are (/var/lib/ima/shards)'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l shard-size -x \
	-d 'bytes of records in a shard, at most (1M)'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l snapshot-records -x \
	-d 'with --if-over: as many records (any)'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l snapshot-bytes -x \
	-d 'with --if-over: as many bytes of them (any)'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l group -xa '(__fish_complete_groups)' \
	-d 'who may read the shards, beside root'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l archive -xa '(__fish_complete_directories)' \
	-d 'where shards go whose boot is over (nowhere)'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l kernel -xa 'auto stage trim copy' \
	-d 'stage, trim, copy, or auto: find out (auto)'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l tcti -xa 'none device:/dev/tpmrm0 swtpm:' \
	-d 'the TPM, as for tpm2-tools; none: take without one'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l keep \
	-d 'delete nothing from the kernel'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l no-keep \
	-d 'delete, whatever the configuration says'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l min-free -x \
	-d 'take nothing where less of the disk is free (0)'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l hook-dir -xa '(__fish_complete_directories)' \
	-d 'take: executables that are told of each shard (/etc/ima/shards.d)'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l hook-timeout -x \
	-d 'how long one may run; 0: run none (60)'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l retain-bytes -x \
	-d 'take: then discard the oldest shards over that (keep all)'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l retain-only-after-hook \
	-d 'discard only what every hook has confirmed'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l no-retain-only-after-hook \
	-d 'discard, whatever hooks say'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l if-over \
	-d 'take: only if as much is waiting'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l quote \
	-d 'take, export: end with PCR values that the TPM has signed'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l ak-handle -x \
	-d 'with --quote: the attestation keys persistent handle'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l ak -rF \
	-d 'check: the key whose quotes prove; TPM2B_PUBLIC, or PEM'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l after -x \
	-d 'export, wait: what comes behind this one'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l max-bytes -x \
	-d 'export: bytes of records, at most (all)'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l nonce -x \
	-d 'export, with --quote: the verifiers nonce'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l boot \
	-d 'clean: if it is proven that the shards boot is over'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l all \
	-d 'clean: whatever they are of'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l before -x \
	-d 'clean: discard shards of this boot that end before it'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l ascii \
	-d 'cat: as in ascii_runtime_measurements'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l bank -xa 'sha1 sha256 sha384 sha512 sm3_256' \
	-d 'cat: with the template digests of this bank (sha1)'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l from -x \
	-d 'cat: the first record (1)'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l to -x \
	-d 'cat: the last record (the last there is)'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l follow \
	-d 'cat: go on with new records as they come'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -s o -l output -rF \
	-d 'cat: to this file, which only grows: on a tmpfs; export: -, or a new file (-)'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l timeout -x \
	-d 'wait: not longer than that'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l foreground \
	-d 'mount: do not go to the background'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l bind \
	-d 'mount: over the kernels own files, too'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l config -xa '(__fish_complete_directories)' \
	-d 'the configuration (/etc/ima, /usr/lib/ima)'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l ima-dir -xa '(__fish_complete_directories)' \
	-d 'where the kernels lists are (/sys/kernel/security/integrity/ima)'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l run-dir -xa '(__fish_complete_directories)' \
	-d 'a tmpfs, for what the next snapshot need not read (/run/ima-shards)'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l wait -x \
	-d 'how long to wait for another process (10)'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l canonical \
	-d 'the kernel was booted with ima_canonical_fmt'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l progress \
	-d 'say how far it is, also where stderr is no terminal'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l no-progress \
	-d 'do not, however long it takes'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l json \
	-d 'one JSON object on standard output'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -s v -l verbose \
	-d 'say more'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -s h -l help \
	-d 'this text'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l tcti -xa 'none device:/dev/tpmrm0 swtpm:' \
	-d 'compare with the TPM there, as for tpm2-tools (the default)'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l hwtpm \
	-d 'compare with this machines own TPM, 1.2 or 2.0'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l pcrs -rF \
	-d 'compare with a file: evmctls form, or tpm2_pcrreads YAML'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l pcr -x \
	-d 'compare with one value; repeatable'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l quote -rF \
	-d 'compare with a quote: raw TPMS_ATTEST'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l signature -rF \
	-d 'its signature: TPMT_SIGNATURE, or plain'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l ak -rF \
	-d 'the key it must be of: TPM2B_PUBLIC, or PEM'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l nonce -x \
	-d 'the qualifying data it must have'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l quote-pcrs -rF \
	-d 'the values behind it: any of tpm2_quotes forms'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l keylime-quote -rF \
	-d 'all three as Keylimes agents send them: r...:...:...'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l verify-bank -xa 'sha1 sha256 sha384 sha512 sm3_256' \
	-d 'compare this bank alone'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l shards \
	-d 'take the shards first (/var/lib/ima/shards)'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l shard-dir -xa '(__fish_complete_directories)' \
	-d 'the same, in DIR'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l from -xa 'nearest boot' \
	-d 'start at the nearest aggregate (nearest), boot, or a records number'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l start-pcrs -rF \
	-d 'PCR values before the list, taken on trust'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l start-pcr -x \
	-d 'one of them; repeatable'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l chunk -rF \
	-d 'with --state: records in instalments, from snapshot export'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l config -xa '(__fish_complete_directories)' \
	-d 'the configuration (/etc/ima, /usr/lib/ima)'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l ima-dir -xa '(__fish_complete_directories)' \
	-d 'where the kernels lists are (/sys/kernel/security/integrity/ima)'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l wait -x \
	-d 'how long to wait for the kernels list (10)'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l canonical \
	-d 'the list is little-endian (ima_canonical_fmt)'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l jobs -x \
	-d 'replay with N threads (the processors there are)'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l state -rF \
	-d 'start at what FILE remembers as proven, and remember there'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l state-key -rF \
	-d 'its HMAC key: %user:NAME in a keyring, or a file of mode 0600'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l reset-state \
	-d 'forget what FILE remembers: start over from boot'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l max-pending -x \
	-d 'how much of chunks is kept unproven (256M)'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l require-boot \
	-d 'anything less than from boot is undecided'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l require-quote \
	-d 'anything less than a quote is undecided'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l fail-on-violation \
	-d 'a violation in the proven records contradicts'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l fail-on-signature \
	-d 'so does a bad file signature; one without a key is undecided'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l max-tail -x \
	-d 'undecided if over N records lie behind the target'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l verify-sig \
	-d 'verify the file signatures of the proven records'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -s k -l key -rF \
	-d 'with these public keys (/etc/keys/x509_evm.der)'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l keyring -x \
	-d 'with the kernels keys there: @s, %:NAME, or a number'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l progress \
	-d 'say how far it is, also where stderr is no terminal'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l no-progress \
	-d 'do not, however long it takes'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l json \
	-d 'one JSON object on standard output'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -s v -l verbose \
	-d 'show the records; twice: the PCRs after each'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -s h -l help \
	-d 'this text'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l ignore-violations \
	-d 'accepted; both readings of violations are always tried'
complete -c evmctl -n '__fish_seen_subcommand_from snapshot' -l format -xa 'binary ascii cel-json cel-tlv' \
	-d 'cat: binary, ascii, cel-json or cel-tlv (binary)'
complete -c evmctl -n '__fish_seen_subcommand_from ima_measurement' -l report -rF \
	-d 'the verdict as a page of HTML, for whoever must judge'
