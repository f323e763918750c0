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
# Append -D_FORTIFY_SOURCE=2 where the user's flags optimise and neither they
# nor the compiler have set it.
AC_DEFUN([EVS_FORTIFY], [
AC_MSG_CHECKING([whether to add -D_FORTIFY_SOURCE=2])
AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
#if !defined __OPTIMIZE__ || defined _FORTIFY_SOURCE
#error not wanted
#endif
int main(void) { return 0; }
]])],
	[AC_MSG_RESULT([yes])
	$1="$$1 -D_FORTIFY_SOURCE=2"],
	[AC_MSG_RESULT([no])])
AC_SUBST([$1])
])
