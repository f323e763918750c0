/* SPDX-License-Identifier: GPL-2.0-or-later */
/* notify.h - telling the service manager, as sd_notify(3) */
#ifndef PORT_NOTIFY_H
#define PORT_NOTIFY_H

/* Say "READY=1" or the like to $NOTIFY_SOCKET; nobody may be listening. */
void notify_service(const char *state);

#endif
