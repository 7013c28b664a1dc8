/*[clinic input]
module m
class m.C "C *" "C_type"
[clinic start generated code]*/

/*[clinic input]
m.C.__add__
    other: object
[clinic start generated code]*/
