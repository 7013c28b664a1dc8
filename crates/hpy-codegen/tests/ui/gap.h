/** `None`. */
HPy_ID(0) HPy h_None;

/** `False`. */
HPy_ID(2) HPy h_False;
