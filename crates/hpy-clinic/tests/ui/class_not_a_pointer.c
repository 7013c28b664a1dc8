/*[clinic input]
module m
class m.C "C *" "C_type"
[clinic start generated code]*/

/*[clinic input]
class m.D "D" ""
[clinic start generated code]*/
