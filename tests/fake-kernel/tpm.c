// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tpm: PCR extends over the raw server socket of swtpm
 *
 * swtpm serves one connection at a time and lets others wait in the socket's
 * backlog until that one is closed. So a connection is made for the first
 * extend of a batch and closed by tpm_done(), and other clients (the swtpm
 * TCTI makes a connection per command) interleave between batches.
 *
 * TPM2_PCR_Extend, big-endian:
 *
 *	u16 TPM_ST_SESSIONS | u32 size | u32 TPM_CC_PCR_Extend
 *	u32 PCR handle
 *	u32 9 | u32 TPM_RS_PW | u16 0, no nonce | u8 0 | u16 0, no password
 *	u32 number of digests | { u16 algorithm | digest } ...
 *
 * Response: u16 tag | u32 size | u32 response code | ...
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "fake-kernel.h"

#define ST_SESSIONS	0x8002
#define CC_PCR_EXTEND	0x00000182
#define RS_PW		0x40000009
#define RC_TESTING	0x0000090a
#define RC_RETRY	0x00000922
#define HEADER		10
#define PATIENCE	10	/* seconds for another client to finish */
#define RETRIES		100

static int sock = -1;

static void put(struct buf *b, uint32_t value, unsigned int bytes)
{
	while (bytes--) {
		unsigned char byte = (unsigned char)(value >> (8 * bytes));

		buf_add(b, &byte, 1);
	}
}

static uint32_t get32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

void tpm_done(void)
{
	if (sock >= 0)
		close(sock);
	sock = -1;
}

static int tpm_connect(void)
{
	const struct timeval patience = { .tv_sec = PATIENCE };
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (sock >= 0)
		return 0;
	if (strlen(options.swtpm) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, options.swtpm);
	sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return -errno;
	/* the first one also limits the wait for a place in the backlog */
	if (setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &patience,
		       sizeof(patience)) ||
	    setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)) ||
	    connect(sock, (struct sockaddr *)&addr, sizeof(addr)))
		return -errno;
	return 0;
}

static int receive(unsigned char *data, size_t len)
{
	while (len) {
		ssize_t n = recv(sock, data, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -ECONNRESET;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The code of the response; what follows the header is of no interest. */
static int response(uint32_t *rc)
{
	unsigned char data[256];
	uint32_t size;
	int ret = receive(data, HEADER);

	if (ret)
		return ret;
	size = get32(data + 2);
	*rc = get32(data + 6);
	if (size < HEADER || size - HEADER > sizeof(data))
		return -EPROTO;
	return receive(data, size - HEADER);
}

static int transact(const struct buf *command)
{
	uint32_t rc = RC_RETRY;
	int ret = tpm_connect();

	for (int i = 0; !ret && i < RETRIES; i++) {
		if (send(sock, command->data, command->len, MSG_NOSIGNAL) !=
		    (ssize_t)command->len)
			ret = -errno;
		else
			ret = response(&rc);
		if (rc != RC_RETRY && rc != RC_TESTING)
			break;
	}
	if (!ret && rc)
		ret = -EIO;
	if (ret)
		tpm_done();
	return ret;
}

static void put_digests(struct buf *b,
			const unsigned char (*digest)[DIGEST_MAX])
{
	uint32_t count = 0;

	for (int i = 0; i < ALGO_MAX; i++)
		count += options.banks[i];
	put(b, count, 4);
	for (int i = 0; i < ALGO_MAX; i++) {
		if (!options.banks[i])
			continue;
		put(b, algos[i].tpm_id, 2);
		buf_add(b, digest[i], algos[i].size);
	}
}

static int pcr_extend(uint32_t pcr, const unsigned char (*digest)[DIGEST_MAX])
{
	struct buf body = { 0 }, command = { 0 };
	int ret;

	if (!options.swtpm)
		return 0;
	put(&body, pcr, 4);
	put(&body, 9, 4);
	put(&body, RS_PW, 4);
	put(&body, 0, 2);
	put(&body, 0, 1);
	put(&body, 0, 2);
	put_digests(&body, digest);

	put(&command, ST_SESSIONS, 2);
	put(&command, (uint32_t)(HEADER + body.len), 4);
	put(&command, CC_PCR_EXTEND, 4);
	buf_add(&command, body.data, body.len);
	ret = transact(&command);
	buf_free(&body);
	buf_free(&command);
	return ret;
}

int tpm_extend(const struct record *r)
{
	unsigned char ones[ALGO_MAX][DIGEST_MAX];

	if (!r->violation)
		return pcr_extend(r->pcr,
			(const unsigned char (*)[DIGEST_MAX])r->digest);
	memset(ones, 0xff, sizeof(ones));
	return pcr_extend(r->pcr, (const unsigned char (*)[DIGEST_MAX])ones);
}

/* By somebody who is not the kernel, with a digest that no record has. */
int tpm_extend_foreign(void)
{
	unsigned char digest[ALGO_MAX][DIGEST_MAX];

	memset(digest, 0x42, sizeof(digest));
	return pcr_extend(IMA_PCR, (const unsigned char (*)[DIGEST_MAX])digest);
}
