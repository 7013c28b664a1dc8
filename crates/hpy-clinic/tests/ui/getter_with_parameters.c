/*[clinic input]
module m
class m.C "C *" "C_type"
[clinic start generated code]*/

/*[clinic input]
@getter
m.C.x
    a: int
[clinic start generated code]*/
