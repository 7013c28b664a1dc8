/*[clinic input]
module
[clinic start generated code]*/
