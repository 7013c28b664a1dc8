/*[clinic input]
module m
class m.C "C *" "C_type"
[clinic start generated code]*/

/*[python input]
class x_converter: pass
[python start generated code]*/
