/*[clinic input]
module m
class m.C "C *" "C_type"
[clinic start generated code]*/

/*[clinic input]
@setter
m.C.x -> None
[clinic start generated code]*/
