# SPDX-License-Identifier: GPL-2.0-or-later
# need.m4 - what the build needs, looked for to the end and reported at once
#
# pkg-config is called by hand, not through its own macros: so autoreconf and
# configure run without it too, and can say that it is missing.

# EVS_MISSING(WHAT, DEBIAN-PACKAGE, FEDORA-PACKAGE)
# Put one thing on the list that EVS_NEED_REPORT prints.
AC_DEFUN([EVS_MISSING], [
evs_line=`printf '  %-28s %-18s %s' '$1' '$2' '$3'`
evs_missing="$evs_missing
$evs_line"
evs_debian="$evs_debian $2"
evs_fedora="$evs_fedora $3"
])

# EVS_NEED_INIT
# Find pkg-config, begin the list.
AC_DEFUN([EVS_NEED_INIT], [
evs_missing=
evs_debian=
evs_fedora=
AC_ARG_VAR([PKG_CONFIG], [the pkg-config program])
AC_CHECK_TOOLS([PKG_CONFIG], [pkg-config pkgconf])
AS_IF([test -z "$PKG_CONFIG"],
	[EVS_MISSING([pkg-config], [pkg-config], [pkgconf])])
])

# EVS_NEED_MODULES(VAR, MODULES, HEADER, WHAT, DEBIAN, FEDORA)
# Set VAR_CFLAGS and VAR_LIBS, unless the user has. Without pkg-config the
# header tells whether the package is one of those that are missing.
AC_DEFUN([EVS_NEED_MODULES], [
AC_ARG_VAR([$1_CFLAGS], [compiler flags for $4])
AC_ARG_VAR([$1_LIBS], [linker flags for $4])
AC_MSG_CHECKING([for $4])
AS_IF([test -n "$$1_LIBS"],
	[AC_MSG_RESULT([given: $$1_LIBS])],
	[test -n "$PKG_CONFIG"],
	[AS_IF([AC_RUN_LOG([$PKG_CONFIG --print-errors --exists "$2"])],
		[evs_names=`echo "$2" | sed 's/[[<>=]]* *[[0-9.]][[0-9.]]*$//'`
		$1_CFLAGS="$$1_CFLAGS `$PKG_CONFIG --cflags $evs_names`"
		$1_LIBS=`$PKG_CONFIG --libs $evs_names`
		AC_MSG_RESULT([yes])],
		[AC_MSG_RESULT([no])
		EVS_MISSING([$4], [$5], [$6])])],
	[AC_PREPROC_IFELSE([AC_LANG_SOURCE([[#include <$3>]])],
		[AC_MSG_RESULT([its header, but no pkg-config])],
		[AC_MSG_RESULT([no])
		EVS_MISSING([$4], [$5], [$6])])])
])

# EVS_NEED_LIBRARY(VAR, HEADER, LIBRARY, FUNCTION, WHAT, DEBIAN, FEDORA)
# The same for a library without a .pc file. Call it after the modules whose
# headers its header includes, with their flags in evs_cppflags.
AC_DEFUN([EVS_NEED_LIBRARY], [
AC_ARG_VAR([$1_CFLAGS], [compiler flags for $5])
AC_ARG_VAR([$1_LIBS], [linker flags for $5])
AC_MSG_CHECKING([for $5])
evs_saved_CPPFLAGS=$CPPFLAGS
evs_saved_LIBS=$LIBS
AS_IF([test -z "$$1_LIBS"], [$1_LIBS=-l$3])
CPPFLAGS="$CPPFLAGS $evs_cppflags $$1_CFLAGS"
LIBS="$$1_LIBS $LIBS"
evs_found=no
AC_PREPROC_IFELSE([AC_LANG_SOURCE([[#include <$2>]])],
	[AC_LINK_IFELSE([AC_LANG_SOURCE([[
char $4(void);
int main(void) { return $4(); }
]])], [evs_found=yes])])
CPPFLAGS=$evs_saved_CPPFLAGS
LIBS=$evs_saved_LIBS
AC_MSG_RESULT([$evs_found])
AS_IF([test $evs_found = no], [EVS_MISSING([$5], [$6], [$7])])
])

# EVS_NEED_REPORT
# Stop here if anything is missing, with all of it.
AC_DEFUN([EVS_NEED_REPORT], [
AS_IF([test -n "$evs_missing"], [
	evs_head=`printf '  %-28s %-18s %s' '' Debian Fedora`
	AC_MSG_ERROR([these are missing:

$evs_head$evs_missing

Debian:  apt-get install$evs_debian
Fedora:  dnf install$evs_fedora
])])
])
