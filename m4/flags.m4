# SPDX-License-Identifier: GPL-2.0-or-later
# flags.m4 - compiler and linker flags, each asked for before it is used

# EVS_COMPILE_FLAGS(VAR, FLAGS)
# Append to VAR those of FLAGS that the compiler takes without a warning.
AC_DEFUN([EVS_COMPILE_FLAGS], [
evs_saved_CFLAGS=$CFLAGS
for evs_flag in m4_normalize([$2]); do
	AC_MSG_CHECKING([whether $CC takes $evs_flag])
	CFLAGS="$evs_saved_CFLAGS -Werror $evs_flag"
	AC_COMPILE_IFELSE([AC_LANG_SOURCE([[int main(void) { return 0; }]])],
		[AC_MSG_RESULT([yes])
		$1="$$1 $evs_flag"],
		[AC_MSG_RESULT([no])])
done
CFLAGS=$evs_saved_CFLAGS
AC_SUBST([$1])
])

# EVS_LINK_FLAGS(VAR, FLAGS)
# The same for the linker.
AC_DEFUN([EVS_LINK_FLAGS], [
evs_saved_CFLAGS=$CFLAGS
evs_saved_LDFLAGS=$LDFLAGS
CFLAGS="$CFLAGS -Werror $HARDEN_CFLAGS"
for evs_flag in m4_normalize([$2]); do
	AC_MSG_CHECKING([whether $CC links with $evs_flag])
	LDFLAGS="$evs_saved_LDFLAGS $evs_flag"
	AC_LINK_IFELSE([AC_LANG_SOURCE([[int main(void) { return 0; }]])],
		[AC_MSG_RESULT([yes])
		$1="$$1 $evs_flag"],
		[AC_MSG_RESULT([no])])
done
CFLAGS=$evs_saved_CFLAGS
LDFLAGS=$evs_saved_LDFLAGS
AC_SUBST([$1])
])

# EVS_FORTIFY(VAR)
# Append -D_FORTIFY_SOURCE=3, or 2 where compiler or C library do not know that,
# if the user's flags optimise and neither they nor the compiler have set it.
AC_DEFUN([EVS_FORTIFY], [
AC_MSG_CHECKING([which -D_FORTIFY_SOURCE to add])
evs_saved_CPPFLAGS=$CPPFLAGS
evs_saved_CFLAGS=$CFLAGS
evs_fortify=
AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
#if !defined __OPTIMIZE__ || defined _FORTIFY_SOURCE
#error not wanted
#endif
int main(void) { return 0; }
]])],
	[evs_fortify=-D_FORTIFY_SOURCE=2
	CPPFLAGS="$CPPFLAGS -D_FORTIFY_SOURCE=3"
	CFLAGS="$CFLAGS -Werror"
	AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
#include <string.h>
#if defined __USE_FORTIFY_LEVEL && __USE_FORTIFY_LEVEL < 3
#error not known
#endif
int main(void) { return 0; }
]])], [evs_fortify=-D_FORTIFY_SOURCE=3])
	$1="$$1 $evs_fortify"])
CPPFLAGS=$evs_saved_CPPFLAGS
CFLAGS=$evs_saved_CFLAGS
AC_MSG_RESULT([${evs_fortify:-none}])
AC_SUBST([$1])
])
