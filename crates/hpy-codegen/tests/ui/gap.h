/** `None`. */
HPy_ID(0, since=0.0) HPy h_None;

/** `False`. */
HPy_ID(2, since=0.0) HPy h_False;
