/** `None`. */
HPy_ID(0, since=0.1) HPy h_None;

/** `True`, which is older. */
HPy_ID(1, since=0.0) HPy h_True;
